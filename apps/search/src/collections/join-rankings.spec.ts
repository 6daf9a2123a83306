import { expect, test } from '@jest/globals';
import { joinRankings } from './join-rankings.js';

const ranking = (lane: string, ...ids: string[]) => ({ lane, ids });

test('Q6: what is first everywhere has the score 1, and less is less', () => {
  const joined = joinRankings([ranking('dense', 'a', 'b', 'c'), ranking('sparse', 'a', 'c', 'd')], 60);
  expect([...joined.keys()]).toEqual(['a', 'c', 'b', 'd']);
  expect(joined.get('a')).toBeCloseTo(1, 12);
  expect(joined.get('c')).toBeCloseTo((1 / 63 + 1 / 62) / (2 / 61), 12);
  expect(joined.get('b')).toBeCloseTo(1 / 62 / (2 / 61), 12);
});

test('Q6: the smaller k is, the more the first rank counts', () => {
  const rankings = [ranking('dense', 'a', 'b', 'c', 'd', 'e', 'both'), ranking('sparse', 'x', 'y', 'both')];
  expect([...joinRankings(rankings, 1).keys()][0]).not.toBe('both');
  expect([...joinRankings(rankings, 1_000).keys()][0]).toBe('both');
});

test('nothing joined is nothing', () => {
  expect(joinRankings([], 60).size).toBe(0);
  expect(joinRankings([ranking('dense'), ranking('sparse')], 60).size).toBe(0);
});
