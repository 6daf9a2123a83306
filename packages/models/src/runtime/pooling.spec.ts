import { describe, expect, it } from '@jest/globals';
import { poolTokens } from './pooling.js';

// Two rows, three tokens wide, two numbers each; the second row has one token of text and two of padding.
const tokens = {
  values: Float32Array.of(3, 0, 0, 4, 3, 8, 6, 8, 99, 99, 99, 99),
  lengths: Int32Array.of(3, 1),
  width: 3,
  dimension: 2,
};
const pool = (pooling: 'mean' | 'cls' | 'last', normalise = false) => [...poolTokens(tokens, pooling, normalise).vectors];

describe('pooling', () => {
  it('takes the mean over the tokens of the text and leaves the padding out', () => {
    expect(pool('mean')).toEqual([2, 4, 6, 8]);
  });

  it('takes the first token, or the last one of the text', () => {
    expect([pool('cls'), pool('last')]).toEqual([
      [3, 0, 6, 8],
      [3, 8, 6, 8],
    ]);
  });

  it('gives vectors of length one when asked', () => {
    expect(pool('cls', true)).toEqual([1, 0, Math.fround(0.6), Math.fround(0.8)]);
  });

  it.each([
    ['NaN', [Number.NaN, 1]],
    ['an infinite number', [Number.POSITIVE_INFINITY, 1]],
    ['nothing but zeros', [0, 0]],
  ])('names the row that holds %s', (_, row) => {
    const values = Float32Array.of(1, 1, ...row);
    expect(poolTokens({ values, lengths: Int32Array.of(1, 1), width: 1, dimension: 2 }, 'mean', true).unusable).toEqual([1]);
  });
});
