import { readText } from '../operands.js';
import type { TestKind } from './test-kind.js';

/** Some text begins so, character by character. */
export interface Prefix {
  readonly is: 'prefix';
  readonly text: string;
}

export const prefix: TestKind<Prefix> = {
  operators: {
    $prefix: (value, at) => ({ test: { is: 'prefix', text: readText(value, at) } }),
  },
  matches: (test, found) => found.values.some((value) => typeof value === 'string' && value.startsWith(test.text)),
  sql: (test, place) => place.someText((text) => `starts_with(${text}, ${place.parameter(test.text)})`),
};
