import { describe, expect, test } from '@jest/globals';
import { median, pairedRatio, percentile, spread } from './statistics.js';

describe('statistics', () => {
  test('the median of an even number of values lies between the two in the middle', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([9, 1, 5])).toBe(5);
  });

  test('a percentile lies between the two nearest values, and the ends are the ends', () => {
    const values = [10, 20, 30, 40, 50];
    expect(percentile(values, 0)).toBe(10);
    expect(percentile(values, 90)).toBeCloseTo(46);
    expect(percentile(values, 100)).toBe(50);
  });

  test('values are ordered as numbers', () => {
    expect(median([100, 9, 80])).toBe(80);
  });

  test('no values have no percentile', () => {
    expect(percentile([], 50)).toBeNaN();
  });

  test('the spread is the range over the median', () => {
    expect(spread([90, 100, 110])).toBeCloseTo(0.2);
  });

  test('a slow round that hits both sides alike does not change the ratio', () => {
    expect(pairedRatio([200, 20, 200], [100, 10, 100])).toBe(2);
  });
});
