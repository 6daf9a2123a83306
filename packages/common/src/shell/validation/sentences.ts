import type { ErrorObject } from 'ajv';
import type { FieldError } from '../../errors/catalogue.js';
import { kindOf, TYPE_WORDS } from './kind-of.js';
import { flawOfText } from './text-flaw.js';
import { flawOfStorable, STORABLE_KEYWORD, UTF8_BYTES_KEYWORD, WELL_FORMED_KEYWORD } from './text-rules.js';

function typeSentence(error: ErrorObject): string {
  const types = [error.params.type as string | string[]].flat().filter((type) => type !== 'null');
  const found = types.includes('integer') && typeof error.data === 'number' ? String(error.data) : kindOf(error.data);
  return `must be ${types.map((type) => TYPE_WORDS[type] ?? type).join(' or ')}, it is ${found}`;
}

const choices = (values: unknown[]) =>
  values
    .filter((value) => value !== null)
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
    .join(', ');
const sizeOf = (value: unknown) => (Array.isArray(value) ? value.length : String(value).length);
const few = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** What is wrong, for people. Numbers are repeated, texts never. */
const SENTENCES: Record<string, (error: ErrorObject) => string> = {
  type: typeSentence,
  required: () => 'is missing',
  additionalProperties: (error) => `is not known here; known fields are ${Object.keys((error.parentSchema?.properties as object) ?? {}).join(', ')}`,
  enum: (error) => `must be one of: ${choices(error.params.allowedValues as unknown[])}`,
  minimum: (error) => `must be at least ${error.params.limit}, it is ${error.data}`,
  maximum: (error) => `must be at most ${error.params.limit}, it is ${error.data}`,
  exclusiveMinimum: (error) => `must be more than ${error.params.limit}, it is ${error.data}`,
  minLength: (error) =>
    error.schema === 1 ? 'must not be empty' : `must have at least ${few(error.schema as number, 'character')}, it has ${sizeOf(error.data)}`,
  maxLength: (error) => `may have at most ${few(error.schema as number, 'character')}, it has ${sizeOf(error.data)}`,
  minItems: (error) => (error.params.limit === 1 ? 'must not be empty' : `must have at least ${few(error.params.limit, 'item')}, it has ${sizeOf(error.data)}`),
  maxItems: (error) => `may have at most ${few(error.params.limit, 'item')}, it has ${sizeOf(error.data)}`,
  pattern: () => 'does not have the expected form',
  not: () => 'must not be empty',
  'x-iso8601': () => 'must be a date as in 2026-01-31T12:00:00Z (ISO 8601)',
  'x-rfc3339': () => 'must be a date and time as in 2026-01-31T12:00:00Z (RFC 3339)',
  [WELL_FORMED_KEYWORD]: (error) => flawOfText(String(error.data)) ?? 'is not valid Unicode',
  [STORABLE_KEYWORD]: (error) => flawOfStorable(error.data as object, error.schema as number) ?? 'cannot be kept',
  [UTF8_BYTES_KEYWORD]: (error) => `may have at most ${error.schema} bytes of UTF-8, it has ${Buffer.byteLength(String(error.data), 'utf8')}`,
};

/** `/segments/3/text` as people write it: `segments[3].text`. */
function readablePath(pointer: string): string {
  const parts = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return parts.reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : path ? `${path}.${part}` : part), '');
}

function pathOf(error: ErrorObject): string {
  const own = error.params.missingProperty ?? error.params.additionalProperty;
  const at = readablePath(error.instancePath);
  if (own === undefined) return at;
  return at ? `${at}.${own}` : String(own);
}

function ruleSentence(error: ErrorObject): string {
  const custom = (error.parentSchema?.['x-messages'] as Record<string, string> | undefined)?.[error.keyword];
  if (custom) return custom.replace(/^\$property /, '');
  return SENTENCES[error.keyword]?.(error) ?? 'is not valid';
}

/** One failed rule as path and message; `whole` names the thing when the rule is about all of it. */
export function sentenceOf(error: ErrorObject, whole: string): FieldError {
  const path = pathOf(error);
  return { path: path || whole, message: `${path || `the ${whole}`} ${ruleSentence(error)}` };
}
