import { readFlag } from '../operands.js';
import type { TestKind } from './test-kind.js';

/** There is something, be it null or an empty list. */
export interface Presence {
  readonly is: 'presence';
}

export const presence: TestKind<Presence> = {
  operators: {
    $exists: (value, at) => ({ test: { is: 'presence' }, negated: !readFlag(value, at) }),
  },
  matches: (_test, found) => found.whole.length > 0,
  sql: (_test, place) => place.exists(),
};
