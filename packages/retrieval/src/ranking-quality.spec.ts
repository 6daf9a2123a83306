import { describe, expect, it } from '@jest/globals';
import { estimateOf, meanOf, ndcgOf, overlapOf, precisionOf, recallOf, reciprocalRankOf } from './ranking-quality.js';

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

describe('X3: metrics of a ranking, against values worked out by hand', () => {
  const relevance = new Map([
    ['a', 2],
    ['b', 1],
    ['c', 0],
  ]);

  it('count what is relevant among the first', () => {
    expect(recallOf(['x', 'a', 'c', 'b'], relevance, 2)).toBe(0.5);
    expect(recallOf(['x', 'a', 'c', 'b'], relevance, 4)).toBe(1);
    expect(precisionOf(['x', 'a', 'c', 'b'], relevance, 4)).toBe(0.5);
    expect(precisionOf(['a'], relevance, 5)).toBe(0.2);
    expect(recallOf(['a'], new Map(), 5)).toBe(0);
  });

  it('look for the first that is relevant', () => {
    expect(reciprocalRankOf(['c', 'x', 'b'], relevance)).toBeCloseTo(1 / 3);
    expect(reciprocalRankOf(['c'], relevance)).toBe(0);
  });

  it('of nDCG only the first places', () => {
    expect(ndcgOf(['x', 'a'], relevance, 1)).toBe(0);
    expect(ndcgOf(['a', 'x', 'x'], relevance, 1)).toBe(1);
  });

  it('have an interval that is as wide as questions differ', () => {
    const { mean, ci95, n } = estimateOf([0, 1, 0, 1]);
    expect([mean, n]).toEqual([0.5, 4]);
    expect(ci95).toEqual([0, 1]); // one sample in sixteen is all noughts, and one all ones
    expect(estimateOf([0.7])).toEqual({ mean: 0.7, ci95: [0.7, 0.7], n: 1 });
  });

  it('have an interval within what was measured, the same each time, and near that of a normal distribution where there are many', () => {
    const nearlyAll = estimateOf([...Array(19).fill(1), 0]);
    expect(nearlyAll.ci95[1]).toBe(1);
    expect(nearlyAll).toEqual(estimateOf([...Array(19).fill(1), 0]));
    const many = Array.from({ length: 400 }, (_, at) => (at % 7) / 7);
    const { mean, ci95 } = estimateOf(many);
    const margin = 1.96 * Math.sqrt(many.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 399 / 400);
    expect(Math.abs(ci95[0] - (mean - margin))).toBeLessThan(0.004);
    expect(Math.abs(ci95[1] - (mean + margin))).toBeLessThan(0.004);
  });

  it('take what is worse than not relevant, as TREC has it, for not relevant', () => {
    const spam = new Map([...relevance, ['spam', -2]]);
    expect(ndcgOf(['spam', 'a'], spam)).toBe(ndcgOf(['x', 'a'], relevance));
    expect([recallOf(['spam'], spam, 1), precisionOf(['spam'], spam, 1), reciprocalRankOf(['spam'], spam)]).toEqual([0, 0, 0]);
  });
});
