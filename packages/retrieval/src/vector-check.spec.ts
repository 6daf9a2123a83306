import { PermanentJobError } from '@cairn/common/contracts';
import { expect, test } from '@jest/globals';
import { assertIndexable } from './vector-check.js';

const check =
  (numbers: number[], dimension = 3) =>
  () =>
    assertIndexable(Float32Array.from(numbers), dimension, 'The vector');

test('a vector with a direction is taken', () => {
  for (const good of [
    [1, 0, 0],
    [1e-3, 2e-3, 0],
    [1e18, -1e18, 3],
  ])
    expect(check(good)).not.toThrow();
});

test.each([
  ['a wrong length', [1, 2], 'has 2 numbers, its space has 3'],
  ['NaN', [1, Number.NaN, 0], 'not finite'],
  ['infinity', [1, Number.NEGATIVE_INFINITY, 0], 'not finite'],
  ['no length', [0, 0, 0], 'no direction'],
  ['a length that Qdrant does not normalise', [1e-4, 2e-4, 0], 'no direction'],
  ['a length that overflows 32 bits', [2e19, 0, 0], 'too long'],
])('a vector with %s is refused, and its job fails for good', (_, numbers, message) => {
  expect(check(numbers)).toThrow(PermanentJobError);
  expect(check(numbers)).toThrow(message);
});
