import { expect, test } from '@jest/globals';
import { interleave, orderOfRound } from './interleave.js';

test('over a few rounds everybody is first, and everybody is last', () => {
  const orders = Array.from({ length: 6 }, (_, round) => orderOfRound(['a', 'b', 'c'], round));
  expect(new Set(orders.map((order) => order[0]))).toEqual(new Set(['a', 'b', 'c']));
  expect(new Set(orders.map((order) => order[2]))).toEqual(new Set(['a', 'b', 'c']));
});

test('every round runs every contestant once', () => {
  for (let round = 0; round < 8; round++) expect([...orderOfRound([1, 2, 3, 4], round)].sort()).toEqual([1, 2, 3, 4]);
});

test('results stay with their contestant, in the order of the rounds, without the warm-up', async () => {
  const results = await interleave([{ name: 'a' }, { name: 'b' }], 3, async ({ name }, round) => `${name}${round}`);
  expect(results.get('a')).toEqual(['a1', 'a2', 'a3']);
  expect(results.get('b')).toEqual(['b1', 'b2', 'b3']);
});
