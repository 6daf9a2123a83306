import type { ErrorObject, ValidateFunction } from 'ajv';
import { CairnError, type FieldError } from '../../errors/catalogue.js';
import { createAjv } from './ajv.js';
import { assemblerOf } from './assemble.js';
import type { DtoClass, JsonSchema } from './json-schema.js';
import { fieldsOf, schemaOf } from './schema-of.js';
import { sentenceOf } from './sentences.js';

export interface ValidatorOptions {
  from: 'body' | 'query';
  unknownFields?: 'ignore' | 'refuse';
}

// Collecting every error of a huge value would cost more memory than the value: beyond this many nodes only the first is told.
const EXPLAIN_NODES = 5_000;
const EXPLAIN_ERRORS = 20;

const first = { body: createAjv({}), query: createAjv({ coerceTypes: 'array' }) };
const every = { body: createAjv({ allErrors: true, verbose: true }), query: createAjv({ coerceTypes: 'array', allErrors: true, verbose: true }) };
const single = { body: createAjv({ verbose: true }), query: createAjv({ coerceTypes: 'array', verbose: true }) };

function isLargerThan(value: unknown, limit: number): boolean {
  let seen = 0;
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (++seen > limit) return true;
    if (typeof next !== 'object' || next === null) continue;
    const inner = Object.values(next);
    if (seen + waiting.length + inner.length > limit) return true;
    waiting.push(...inner);
  }
  return false;
}

function detailOf(errors: FieldError[]): string {
  const rest = errors.length - 1;
  return `${errors[0]?.message ?? 'the request is not valid'}${rest > 0 ? ` (and ${rest} more)` : ''}`;
}

function refusal(found: ErrorObject[], whole: string): CairnError {
  const errors = found.slice(0, EXPLAIN_ERRORS).map((error) => sentenceOf(error, whole));
  const code = found.every((error) => error.keyword === 'additionalProperties') ? 'unknown_fields' : 'invalid_input';
  return new CairnError(code, detailOf(errors), { errors });
}

function refuseUnboundedLists(type: DtoClass): void {
  for (const field of fieldsOf(type)) {
    const bounded = field.metadatas.some((metadata) => metadata.name === 'arrayMaxSize');
    if (field.isList && !bounded) throw new Error(`${type.name}.${field.name}: a list in a request needs ArrayMaxSize`);
    if (field.nested) refuseUnboundedLists(field.nested);
  }
}

/** What ajv makes of `1e999` in an address and takes for a number within all bounds. In a body it refuses it by itself. */
function refuseInfinite(value: Record<string, unknown>): void {
  const path = Object.keys(value).find((name) => value[name] === Number.POSITIVE_INFINITY || value[name] === Number.NEGATIVE_INFINITY);
  if (path === undefined) return;
  const message = `${path} is larger than any number here`;
  throw new CairnError('invalid_input', message, { errors: [{ path, message }] });
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The validators that explain are compiled when the first request is refused. */
function explainerOf(schema: JsonSchema, from: 'body' | 'query'): (value: unknown) => ErrorObject[] {
  const all = once<ValidateFunction>(() => every[from].compile(schema));
  const one = once<ValidateFunction>(() => single[from].compile(schema));
  return (value) => {
    const explain = isLargerThan(value, EXPLAIN_NODES) ? one() : all();
    explain(value);
    return explain.errors ?? [];
  };
}

/** Checks a value against the rules of a class and answers an instance of it, or throws `invalid_input` with a sentence per mistake. */
export function validatorOf<T extends object>(type: DtoClass<T>, { from, unknownFields = 'ignore' }: ValidatorOptions): (value: unknown) => T {
  refuseUnboundedLists(type);
  const schema = schemaOf(type, { nulls: from === 'body', closed: unknownFields === 'refuse' });
  const isValid = first[from].compile(schema);
  const explain = explainerOf(schema, from);
  const assemble = assemblerOf(type);
  return (value) => {
    if (!isValid(value)) throw refusal(explain(value), from);
    if (from === 'query') refuseInfinite(value as Record<string, unknown>);
    return assemble(value as Record<string, unknown>);
  };
}
