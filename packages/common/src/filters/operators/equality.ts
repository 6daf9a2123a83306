import { type FoundValues, momentOf } from '../found-values.js';
import { isMoment, momentParameter } from '../moment.js';
import { readScalar, readScalars, type Scalar } from '../operands.js';
import type { SqlPlace } from '../sql-place.js';
import type { TestKind } from './test-kind.js';

/** Some value is one of these. Types never convert; two moments are equal however they are written. */
export interface Equality {
  readonly is: 'equality';
  readonly values: readonly Scalar[];
}

const oneOf = (values: readonly Scalar[]): Equality => ({ is: 'equality', values });

export const equality: TestKind<Equality> = {
  operators: {
    $eq: (value, at) => ({ test: oneOf([readScalar(value, at)]) }),
    $ne: (value, at) => ({ test: oneOf([readScalar(value, at)]), negated: true }),
    $in: (value, at) => ({ test: oneOf(readScalars(value, at)) }),
    $nin: (value, at) => ({ test: oneOf(readScalars(value, at)), negated: true }),
  },
  matches: (test, found) => hasOneOf(found, test.values),
  sql: (test, place) => oneOfSql(test.values, place),
};

export function hasOneOf(found: FoundValues, wanted: readonly Scalar[]): boolean {
  return found.values.some((value) => wanted.some((other) => isSame(value, other)));
}

function isSame(value: unknown, other: Scalar): boolean {
  if (value === other) return true;
  const moment = momentOf(value);
  return moment !== undefined && moment === momentOf(other);
}

export function oneOfSql(wanted: readonly Scalar[], place: SqlPlace): string {
  const moments = wanted.filter(isMoment);
  const exact = wanted.filter((value) => !isMoment(value));
  if (moments.length === 0) return place.isOneOf(exact);
  const atOneOf = place.someMoment((moment) => `${moment} = ANY(${place.parameter(moments.map(momentParameter))}::timestamptz[])`);
  return exact.length === 0 ? atOneOf : `(${place.isOneOf(exact)} OR ${atOneOf})`;
}
