import { BUILT_IN_FIELDS, type BuiltInField } from './built-in-fields.js';
import type { DocumentField } from './document-field.js';
import type { FilterableDocument } from './filterable-document.js';
import { microsecondsOf } from './moment.js';

/** What a document has under a field. */
export interface FoundValues {
  /** As they stand there; several where the path leads through a list of objects. */
  readonly whole: readonly unknown[];
  /** The same, where of a list its elements stand instead of it. */
  readonly values: readonly unknown[];
}

export function findValues(field: DocumentField, document: FilterableDocument): FoundValues {
  const whole = wholeValues(field, document);
  return { whole, values: whole.flatMap((value) => (Array.isArray(value) ? value : [value])) };
}

function wholeValues(field: DocumentField, document: FilterableDocument): unknown[] {
  const metadata = document.metadata ?? {};
  if (field.kind === 'metadata') return under(field.keys, metadata);
  if (field.kind === 'extracted') return under(field.keys, document.extracted);
  if (field.kind === 'metadata_or_extracted') return under(field.keys, hasKey(metadata, field.keys[0] as string) ? metadata : document.extracted);
  if (field.kind === 'either' && Object.hasOwn(metadata, field.name)) return [metadata[field.name]];
  return builtInValue(field.name, document);
}

function under(keys: readonly string[], object: unknown): unknown[] {
  return keys.reduce<unknown[]>(step, [object]);
}

function builtInValue(name: BuiltInField, document: FilterableDocument): unknown[] {
  const value = BUILT_IN_FIELDS[name].read(document);
  return value === null ? [] : [value];
}

/** What is under a key: of objects, and of those that stand in a list. */
function step(values: unknown[], key: string): unknown[] {
  const objects = values.flatMap((value) => (Array.isArray(value) ? value : [value])).filter((value) => hasKey(value, key));
  return objects.map((value) => (value as Record<string, unknown>)[key]);
}

function hasKey(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key);
}

/** The moment that a value is or names. */
export function momentOf(value: unknown): bigint | undefined {
  if (value instanceof Date) return BigInt(value.getTime()) * 1_000n;
  return typeof value === 'string' ? microsecondsOf(value) : undefined;
}
