import { microsecondsOf } from '@cairn/common/contracts';
import type { Field, StoredColumn } from './columns.js';
import type { Moment, RangeEnd, RowFilter, Scalar, Test } from './row-filter.js';

/** A row as filters see it. Moments are texts in the form of RFC 3339. */
export interface Row {
  readonly columns: Readonly<Partial<Record<StoredColumn, string | number | null>>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Whether a row is as the filter says. This is what filters mean; others say the same to Postgres. */
export function matchesRow(filter: RowFilter, row: Row): boolean {
  switch (filter.kind) {
    case 'all':
      return filter.of.every((part) => matchesRow(part, row));
    case 'any':
      return filter.of.some((part) => matchesRow(part, row));
    case 'not':
      return !matchesRow(filter.of, row);
    case 'test':
      return passes(filter.test, valuesOf(filter.field, row));
  }
}

/** What stands under a field: scalars and objects. Lists are looked through, and null is no value. */
export function valuesOf(field: Field, { columns, metadata }: Row): unknown[] {
  if (field.kind === 'column') return flattened(columns[field.name]);
  return field.keys.reduce<unknown[]>((values, key) => values.flatMap((value) => (hasKey(value, key) ? flattened(value[key]) : [])), [metadata]);
}

/** One list is looked through at each key and at the end, as by JSON filters: a list in a list is a value like an object. */
function flattened(value: unknown): unknown[] {
  return (Array.isArray(value) ? value : [value]).filter((item) => item !== null && item !== undefined);
}

function hasKey(value: unknown, key: string): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key);
}

export function passes(test: Test, values: readonly unknown[]): boolean {
  switch (test.is) {
    case 'null':
      return values.length === 0;
    case 'oneOf':
      return values.some((value) => test.values.has(value as Scalar));
    case 'atMoment':
      return values.some((value) => test.moments.some((moment) => momentOf(value) === microsecondsIn(moment)));
    case 'range':
      return values.some((value) => isWithin(value, test));
    case 'text':
      return values.some((value) => typeof value === 'string' && test.matcher.matches(value));
  }
}

function isWithin(value: unknown, { low, high }: Test & { is: 'range' }): boolean {
  return (low === undefined || stands(value, low, 1)) && (high === undefined || stands(value, high, -1));
}

/** Whether the value is on this side of the end: above it for 1, below it for -1. */
function stands(value: unknown, { bound, isInclusive }: RangeEnd, side: 1 | -1): boolean {
  const [mine, other] = typeof bound === 'object' ? [momentOf(value), microsecondsIn(bound)] : [typeof value === 'number' ? value : undefined, bound];
  if (mine === undefined) return false;
  // A number and a bigint are never the same, and may be equal.
  if (mine > other) return side === 1;
  return mine < other ? side === -1 : isInclusive;
}

const momentOf = (value: unknown): bigint | undefined => (typeof value === 'string' ? microsecondsOf(value) : undefined);
const microsecondsIn = ({ moment }: Moment): bigint => microsecondsOf(moment) as bigint;

/** What is known of the values of a field; undefined for what depends on the row. */
export type Knowledge = (field: Field, test: Test) => boolean | undefined;

/** What the filter says of all rows of which this is known: undefined where it depends on the row. */
export function outcomeOf(filter: RowFilter, knows: Knowledge): boolean | undefined {
  if (filter.kind === 'test') return knows(filter.field, filter.test);
  if (filter.kind === 'not') {
    const outcome = outcomeOf(filter.of, knows);
    return outcome === undefined ? undefined : !outcome;
  }
  // What settles it, whatever the others are.
  const settles = filter.kind === 'any';
  let outcome: boolean | undefined = !settles;
  for (const part of filter.of) {
    const one = outcomeOf(part, knows);
    if (one === settles) return settles;
    if (one === undefined) outcome = undefined;
  }
  return outcome;
}
