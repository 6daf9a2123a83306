import { COMPARISONS, type Comparison } from '../comparison.js';
import { momentOf } from '../found-values.js';
import { type MomentText, momentParameter } from '../moment.js';
import { readBound } from '../operands.js';
import type { Question, TestKind } from './test-kind.js';

/** Some number stands so to this number, or some moment to this moment. */
export interface Order {
  readonly is: 'order';
  readonly comparison: Comparison;
  readonly bound: number | MomentText;
}

const ordered =
  (comparison: Comparison): TestKind<Order>['operators'][string] =>
  (value, at): Question<Order> => ({ test: { is: 'order', comparison, bound: readBound(value, at) } });

export const order: TestKind<Order> = {
  operators: { $gt: ordered('>'), $gte: ordered('>='), $lt: ordered('<'), $lte: ordered('<=') },
  matches({ comparison, bound }, found) {
    const compare = COMPARISONS[comparison];
    if (typeof bound === 'number') return found.values.some((value) => typeof value === 'number' && compare(value, bound));
    const moment = momentOf(bound) as bigint;
    return found.values.map(momentOf).some((value) => value !== undefined && compare(value, moment));
  },
  sql({ comparison, bound }, place) {
    if (typeof bound === 'number') return place.someNumber([{ comparison, bound }]);
    return place.someMoment((moment) => `${moment} ${comparison} ${place.parameter(momentParameter(bound))}::timestamptz`);
  },
};
