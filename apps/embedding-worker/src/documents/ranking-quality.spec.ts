import { describe, expect, it } from '@jest/globals';
import { meanOf, ndcgOf, overlapOf } from './ranking-quality.js';

describe('J13: the quality of rankings', () => {
  it('is by how much two of them have in common, whatever the order', () => {
    expect(overlapOf(['a', 'b', 'c'], ['c', 'b', 'a'])).toBe(1);
    expect(overlapOf(['a', 'b', 'c', 'd'], ['a', 'x'])).toBe(0.25);
    expect(overlapOf(['a'], [])).toBe(0);
    expect(overlapOf([], [])).toBe(1);
  });

  it('is by how near the relevant ones are to the top', () => {
    const relevance = new Map([
      ['a', 3],
      ['b', 1],
    ]);
    expect(ndcgOf(['a', 'b', 'x'], relevance)).toBe(1);
    const ideal = 7 + 1 / Math.log2(3);
    expect(ndcgOf(['x', 'a'], relevance)).toBeCloseTo(7 / Math.log2(3) / ideal);
    expect(ndcgOf(['b', 'a'], relevance)).toBeCloseTo((1 + 7 / Math.log2(3)) / ideal);
    expect(ndcgOf([], relevance)).toBe(0);
    expect(ndcgOf(['a'], new Map([['a', 0]]))).toBe(0);
  });

  it('is a mean over queries', () => {
    expect([meanOf([0, 0.5, 1]), meanOf([])]).toEqual([0.5, 1]);
  });
});
