import { readScalar, readText, type Scalar } from '../operands.js';
import { hasOneOf, oneOfSql } from './equality.js';
import type { TestKind } from './test-kind.js';

/** A text has this inside of it, or a list has this element. A single value is a list of one, as everywhere. */
export interface Containing {
  readonly is: 'containing';
  readonly value: Scalar;
}

export const containing: TestKind<Containing> = {
  operators: {
    $contains: (value, at) => ({ test: { is: 'containing', value: typeof value === 'string' ? readText(value, at) : readScalar(value, at) } }),
  },
  matches({ value }, found) {
    if (hasOneOf(found, [value])) return true;
    return typeof value === 'string' && found.whole.some((whole) => typeof whole === 'string' && whole.includes(value));
  },
  sql({ value }, place) {
    const asElement = oneOfSql([value], place);
    if (typeof value !== 'string') return asElement;
    return `(${asElement} OR ${place.someWholeText((text) => `strpos(${text}, ${place.parameter(value)}) > 0`)})`;
  },
};
