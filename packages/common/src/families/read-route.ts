import { CairnError } from '../errors/catalogue.js';
import { checkKeys, checkText, readKeys } from '../filters/document-field.js';
import { flawOfText } from '../shell/validation/text-flaw.js';
import { fitsUtf8 } from '../shell/validation/text-rules.js';
import { FAMILY_LIMITS, type FamilyRoute, type RouteScalar, type RouteValue } from './family-route.js';

/** A route as somebody describes it. */
export interface RouteDescription {
  field?: unknown;
  values?: unknown;
  complete?: boolean | undefined;
}

/** Reads a route; its collections are still called as they were in the description. Throws what is wrong with it, and where. */
export function readRoute({ field, values, complete }: RouteDescription): FamilyRoute {
  const keys = readField(field);
  if (values === undefined || values === null) {
    if (complete !== undefined) refuse('route.complete', 'says something of values, and there are none; leave it out, or say the values');
    return { kind: 'learnt', keys };
  }
  return { kind: complete === false ? 'open' : 'complete', keys, values: merged(readValues(values)) };
}

/** Throws a mistake in a route. */
export function refuse(path: string, message: string): never {
  throw new CairnError('bad_request', `${path} ${message}.`, { errors: [{ path, message: `${path} ${message}` }] });
}

function readField(field: unknown): string[] {
  const at = { refuse: (message: string): never => refuse('route.field', message) };
  if (typeof field === 'string') {
    checkText(field, at);
    return readKeys(field, at);
  }
  if (!isTexts(field) || field.length === 0) refuse('route.field', 'must be a text such as "author.name", or a list of keys from the outside in');
  checkText(field.join('.'), at);
  checkKeys(field, at);
  return field;
}

function readValues(values: unknown): RouteValue[] {
  if (Array.isArray(values)) return values.map(readItem);
  if (typeof values !== 'object') refuse('route.values', 'must be an object of lists of collections, or a list of {value, collections}');
  return Object.entries(values as object).map(([value, collections]) => {
    const path = `route.values.${shown(value)}`;
    return { value: readScalar(value, path), collections: readCollections(collections, path) };
  });
}

const SHOWN_OF_A_VALUE = 80;

function shown(value: string): string {
  if (flawOfText(value) !== undefined) return '?';
  return value.length > SHOWN_OF_A_VALUE ? `${value.slice(0, SHOWN_OF_A_VALUE).toWellFormed()}…` : value;
}

function readItem(item: unknown, place: number): RouteValue {
  const path = `route.values[${place}]`;
  if (typeof item !== 'object' || item === null) refuse(path, 'must be an object with value and collections');
  const { value, collections, ...others } = item as Record<string, unknown>;
  if (Object.keys(others).length > 0) refuse(path, 'has other fields than value and collections');
  return { value: readScalar(value, `${path}.value`), collections: readCollections(collections, `${path}.collections`) };
}

function readScalar(value: unknown, path: string): RouteScalar {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return readText(value, path);
  if (typeof value !== 'number' || !Number.isFinite(value)) refuse(path, 'must be a text, a number, true or false');
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) refuse(path, 'is beyond the numbers that are kept exactly; leave the values out, and they are learnt');
  return value;
}

function readText(value: string, path: string): string {
  const flaw = flawOfText(value);
  if (flaw !== undefined) refuse(path, flaw);
  if (!fitsUtf8(value, FAMILY_LIMITS.valueBytes)) refuse(path, `may have at most ${FAMILY_LIMITS.valueBytes} bytes of UTF-8`);
  return value;
}

function readCollections(collections: unknown, path: string): string[] {
  if (!isTexts(collections) || collections.length === 0) refuse(path, 'must be a list of one or more collections, by name, alias or id');
  return collections;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && flawOfText(one) === undefined);
}

/** Each value once. */
function merged(values: RouteValue[]): RouteValue[] {
  const byValue = new Map<RouteScalar, Set<string>>();
  for (const { value, collections } of values) {
    const known = byValue.get(value) ?? new Set();
    for (const collection of collections) known.add(collection);
    byValue.set(value, known);
  }
  const count = [...byValue.values()].reduce((sum, { size }) => sum + size, 0);
  if (count > FAMILY_LIMITS.values) refuse('route.values', `may have at most ${FAMILY_LIMITS.values} values, counted once for each collection`);
  return [...byValue].map(([value, collections]) => ({ value, collections: [...collections] }));
}
