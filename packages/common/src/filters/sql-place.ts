import type { Comparison } from './comparison.js';
import type { Scalar } from './operands.js';

/** A field of the documents of a statement: writes tests of it as SQL. Users' names and values become parameters, never text. */
export interface SqlPlace {
  parameter(value: unknown): string;
  /** Some value is exactly one of these, moments aside. */
  isOneOf(values: readonly Scalar[]): string;
  someNumber(comparison: Comparison, bound: number): string;
  someMoment(test: (moment: string) => string): string;
  someText(test: (text: string) => string): string;
  /** Like `someText`, of texts that stand in no list. */
  someWholeText(test: (text: string) => string): string;
  exists(): string;
}
