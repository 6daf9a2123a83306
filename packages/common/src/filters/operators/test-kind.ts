import type { FilterReader } from '../filter-reader.js';
import type { FoundValues } from '../found-values.js';
import type { SqlPlace } from '../sql-place.js';

/** What a word of callers asks: a test, or that it does not hold. */
export interface Question<T> {
  readonly test: T;
  readonly negated?: boolean;
}

/** A kind of test: the words that ask for it, and what it means, in memory and in SQL. Both say the same; the first is the definition. */
export interface TestKind<T> {
  readonly operators: Readonly<Record<string, (value: unknown, at: FilterReader) => Question<T>>>;
  matches(test: T, found: FoundValues): boolean;
  sql(test: T, place: SqlPlace): string;
}
