import type { Comparison } from './comparison.js';
import type { Scalar } from './operands.js';

export interface Bound {
  comparison: Comparison;
  /** Whole numbers beyond what a double holds are a `bigint`. */
  bound: number | bigint;
}

/** A field of the documents of a statement: writes tests of it as SQL. Users' names and values become parameters, never text. */
export interface SqlPlace {
  parameter(value: unknown): string;
  /** Some value is exactly one of these, moments aside. */
  isOneOf(values: readonly Scalar[]): string;
  /** Some number stands so to all of these bounds. */
  someNumber(bounds: readonly Bound[]): string;
  someMoment(test: (moment: string) => string): string;
  someText(test: (text: string) => string): string;
  /** Like `someText`, of texts that stand in no list. */
  someWholeText(test: (text: string) => string): string;
  /** There is something, be it null or an empty list. */
  exists(): string;
  /** There is something that is not null, or a list of such. */
  hasValue(): string;
}
