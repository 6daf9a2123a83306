import type { Field } from './columns.js';
import type { TextMatcher } from './text-matcher.js';

/** What a value can be compared with. Whole numbers beyond what a double holds are a `bigint`. */
export type Scalar = string | number | bigint | boolean;

/** A moment, written as in RFC 3339. */
export interface Moment {
  readonly moment: string;
}

export interface RangeEnd {
  readonly bound: number | bigint | Moment;
  readonly isInclusive: boolean;
}

/** What some value of a field is asked to be. */
export type Test =
  /** Exactly one of these: types never convert, and texts are texts also where they name moments. */
  | { readonly is: 'oneOf'; readonly values: ReadonlySet<Scalar> }
  | { readonly is: 'atMoment'; readonly moments: readonly Moment[] }
  /** Both ends are numbers, or both are moments. */
  | { readonly is: 'range'; readonly low?: RangeEnd; readonly high?: RangeEnd }
  | { readonly is: 'text'; readonly matcher: TextMatcher }
  /** That there is none. */
  | { readonly is: 'null' };

/** What rows must be like. Two-valued: a test holds where some value passes, and its negation is the exact complement. */
export type RowFilter =
  | { readonly kind: 'all' | 'any'; readonly of: readonly RowFilter[] }
  | { readonly kind: 'not'; readonly of: RowFilter }
  | { readonly kind: 'test'; readonly field: Field; readonly test: Test };

export const EVERY_ROW: RowFilter = { kind: 'all', of: [] };
export const NO_ROW: RowFilter = { kind: 'any', of: [] };

export const isNoRow = (filter: RowFilter): boolean => filter.kind === 'any' && filter.of.length === 0;
export const isEveryRow = (filter: RowFilter): boolean => filter.kind === 'all' && filter.of.length === 0;

/** Both, and all others; what is the same for every row is worked in. */
export function allOf(filters: readonly RowFilter[]): RowFilter {
  const parts = filters.flatMap((filter) => (filter.kind === 'all' ? filter.of : [filter]));
  if (parts.some(isNoRow)) return NO_ROW;
  return parts.length === 1 ? (parts[0] as RowFilter) : { kind: 'all', of: parts };
}

export function anyOf(filters: readonly RowFilter[]): RowFilter {
  const parts = filters.flatMap((filter) => (filter.kind === 'any' ? filter.of : [filter]));
  if (parts.some(isEveryRow)) return EVERY_ROW;
  return parts.length === 1 ? (parts[0] as RowFilter) : { kind: 'any', of: parts };
}

export function notOf(filter: RowFilter): RowFilter {
  if (isNoRow(filter)) return EVERY_ROW;
  if (isEveryRow(filter)) return NO_ROW;
  return filter.kind === 'not' ? filter.of : { kind: 'not', of: filter };
}

/** All fields that the filter asks about. */
export function fieldsOf(filter: RowFilter): Field[] {
  if (filter.kind === 'test') return [filter.field];
  return filter.kind === 'not' ? fieldsOf(filter.of) : filter.of.flatMap(fieldsOf);
}
