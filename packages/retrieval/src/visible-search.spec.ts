import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { searchVisible } from './visible-search.js';

interface Point {
  id: string;
  score: number;
  live: boolean;
}

/** A store of points, best first, of which those at the given places are live. */
function storeOf(total: number, isLive: (at: number) => boolean): Point[] {
  return Array.from({ length: total }, (_, at) => ({ id: `p${at}`, score: 1 - at / total, live: isLive(at) }));
}

function search(store: Point[], limit: number, maxRounds?: number) {
  const asked: number[] = [];
  const candidates = async (count: number, exclude: readonly string[]) => {
    asked.push(count);
    return store.filter(({ id }) => !exclude.includes(id)).slice(0, count);
  };
  const visible = async (hits: Point[]) => hits.filter(({ live }) => live);
  return searchVisible({ candidates, visible, limit, ...(maxRounds ? { maxRounds } : {}) }).then((result) => ({ ...result, asked }));
}

test('one round is enough when all candidates are live', async () => {
  const { results, rounds, asked, dropped, complete } = await search(
    storeOf(100, () => true),
    10,
  );
  expect(results.map(({ id }) => id)).toEqual(
    storeOf(100, () => true)
      .slice(0, 10)
      .map(({ id }) => id),
  );
  expect({ rounds, asked, dropped, complete }).toEqual({ rounds: 1, asked: [15], dropped: 0, complete: true });
});

test('dropped hits are refilled with the next best live ones', async () => {
  const { results, dropped, rounds } = await search(
    storeOf(100, (at) => at % 3 === 0),
    10,
  );
  expect(results.map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, at) => `p${at * 3}`));
  expect(dropped).toBe(30); // 45 looked at, 15 of them live
  expect(rounds).toBe(2);
});

test('a pile of dead points before the first live one is passed', async () => {
  const { results, complete } = await search(
    storeOf(500, (at) => at >= 300),
    10,
  );
  expect(results[0]?.id).toBe('p300');
  expect(complete).toBe(true);
});

test('the rounds are capped, and the result says that it may be incomplete', async () => {
  const { results, rounds, complete } = await search(
    storeOf(10_000, () => false),
    10,
  );
  expect({ results, rounds, complete }).toEqual({ results: [], rounds: 5, complete: false });
});

test('it stops when the store has no more', async () => {
  const { results, rounds, complete } = await search(
    storeOf(4, (at) => at === 3),
    10,
  );
  expect(results).toHaveLength(1);
  expect({ rounds, complete }).toEqual({ rounds: 1, complete: true });
});

test('a store that ignores the excluded ids neither doubles a hit nor loops for ever', async () => {
  const hits = storeOf(6, (at) => at === 0);
  const result = await searchVisible({
    candidates: async (count) => hits.slice(0, count),
    visible: async (all: Point[]) => all.filter(({ live }) => live),
    limit: 4,
  });
  expect(result.results).toHaveLength(1);
});

test('results are always live, distinct, best first, never more than asked, and complete when said so', async () => {
  const layout = fc.array(fc.boolean(), { maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(layout, fc.integer({ min: 1, max: 20 }), async (live, limit) => {
      const store = storeOf(live.length, (at) => live[at] === true);
      const { results, complete, seen, dropped } = await search(store, limit);
      const wanted = store.filter((point) => point.live).slice(0, limit);
      expect(results).toEqual(complete ? wanted : wanted.slice(0, results.length));
      expect(seen - dropped).toBeGreaterThanOrEqual(results.length);
    }),
    { numRuns: 300 },
  );
});

test('candidates that come when the snapshot may be too old are not answered with', async () => {
  const store = storeOf(3, () => true);
  const late = searchVisible({ candidates: async () => store, visible: async (hits: Point[]) => hits, limit: 3, mustEndBy: performance.now() - 1 });
  await expect(late).rejects.toThrow('took too long');
});
