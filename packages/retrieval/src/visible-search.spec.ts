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

function search(store: Point[], limit: number, hidden: readonly string[] = []) {
  const asked: (number | string[])[] = [];
  const judged: string[] = [];
  const candidates = async (count: number, excludeIds: readonly string[]) => {
    asked.push(count);
    return store.filter(({ id }) => !excludeIds.includes(id) && !hidden.includes(id)).slice(0, count);
  };
  const visible = async (hits: Point[]) => {
    judged.push(...hits.map(({ id }) => id));
    return hits.filter(({ live }) => live);
  };
  const live = async (atMost: number) => {
    const points = store.filter((point) => point.live);
    return points.length > atMost ? undefined : points;
  };
  const fresh = async () => store.filter((point) => point.live && hidden.includes(point.id));
  const compared = async (points: Point[]) => {
    asked.push(points.map(({ id }) => id));
    return points;
  };
  return searchVisible({ candidates, visible, live, fresh, compared, limit }).then((result) => ({ ...result, asked, judged }));
}

test('one round is enough when all candidates are live', async () => {
  const { results, asked, dropped } = await search(
    storeOf(100, () => true),
    10,
  );
  expect(results.map(({ id }) => id)).toEqual(
    storeOf(100, () => true)
      .slice(0, 10)
      .map(({ id }) => id),
  );
  expect({ asked, dropped }).toEqual({ asked: [15], dropped: 0 });
});

test('dropped hits are refilled with the next best live ones', async () => {
  const { results, dropped, asked } = await search(
    storeOf(100, (at) => at % 3 === 0),
    10,
  );
  expect(results.map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, at) => `p${at * 3}`));
  expect(dropped).toBe(30); // 45 looked at, 15 of them live
  expect(asked).toEqual([15, 30]);
});

test('few live points behind any pile of dead ones are asked for by name', async () => {
  const { results, asked } = await search(
    storeOf(50_000, (at) => at >= 49_996),
    10,
  );
  expect(results.map(({ id }) => id)).toEqual(['p49996', 'p49997', 'p49998', 'p49999']);
  expect(asked).toEqual([15, 30, results.map(({ id }) => id)]);
});

test('many live points behind a pile of dead ones are reached by ever larger rounds', async () => {
  const { results, asked } = await search(
    storeOf(9_000, (at) => at >= 6_000),
    10,
  );
  expect(results.map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, at) => `p${6_000 + at}`));
  expect(Math.max(...(asked as number[]))).toBe(2_000);
});

test('of the points of one thing the best counts, and more are looked for until there are enough things', async () => {
  const store = storeOf(90, (at) => at % 2 === 0).map((point, at) => ({ ...point, of: Math.floor(at / 6) })); // three live ones in each of 15
  const asked: number[] = [];
  const { results, dropped, seen } = await searchVisible({
    candidates: async (count, excludeIds) => {
      asked.push(count);
      return store.filter(({ id }) => !excludeIds.includes(id)).slice(0, count);
    },
    visible: async (hits) => hits.filter(({ live }) => live).reverse(),
    thingOf: ({ of }) => String(of),
    live: async () => undefined,
    fresh: async () => [],
    compared: async () => [],
    limit: 5,
  });
  expect(results.map(({ id }) => id)).toEqual(['p0', 'p6', 'p12', 'p18', 'p24']);
  expect({ asked, seen, dropped }).toEqual({ asked: [8, 16, 32], seen: 56, dropped: 28 });
});

test('it stops when the store has no more', async () => {
  const { results, asked } = await search(
    storeOf(4, (at) => at === 3),
    10,
  );
  expect(results).toHaveLength(1);
  expect(asked).toEqual([15]);
});

test('what the store hides is found among the others, in its place', async () => {
  const { results } = await search(
    storeOf(100, (at) => at % 2 === 0),
    5,
    ['p0', 'p4', 'p90'],
  );
  expect(results.map(({ id }) => id)).toEqual(['p0', 'p2', 'p4', 'p6', 'p8']);
});

test('what the store hides is judged only where it may be among the best', async () => {
  const hidden = ['p1', 'p4', 'p5', 'p90', 'p91', 'p92'];
  const { results, judged } = await search(
    storeOf(100, () => true),
    3,
    hidden,
  );
  expect(results.map(({ id }) => id)).toEqual(['p0', 'p1', 'p2']);
  expect(judged).toEqual(['p0', 'p2', 'p3', 'p6', 'p7', 'p1']);
});

test('it stops when nothing is live', async () => {
  const { results, asked } = await search(
    storeOf(10_000, () => false),
    10,
  );
  expect({ results, asked }).toEqual({ results: [], asked: [15, 30] });
});

test('a store that ignores the excluded ids neither doubles a hit nor loops for ever', async () => {
  const hits = storeOf(6, (at) => at === 0);
  const result = await searchVisible({
    candidates: async (count) => hits.slice(0, count),
    visible: async (all: Point[]) => all.filter(({ live }) => live),
    live: async () => undefined,
    fresh: async () => [],
    compared: async () => [],
    limit: 4,
  });
  expect(result.results).toHaveLength(1);
});

test('results are the best live ones, whatever is dead or hidden, and never more than asked', async () => {
  const layout = fc.array(fc.record({ live: fc.boolean(), hidden: fc.boolean() }), { maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(layout, fc.integer({ min: 1, max: 20 }), async (points, limit) => {
      const store = storeOf(points.length, (at) => points[at]?.live === true);
      const hidden = store.filter((_, at) => points[at]?.hidden === true).map(({ id }) => id);
      const { results, seen, dropped } = await search(store, limit, hidden);
      expect(results).toEqual(store.filter((point) => point.live).slice(0, limit));
      expect(seen - dropped).toBeGreaterThanOrEqual(results.length);
    }),
    { numRuns: 300 },
  );
});

test('candidates that come when the snapshot may be too old are not answered with', async () => {
  const store = storeOf(3, () => true);
  const visible = async (hits: Point[]) => hits;
  const late = searchVisible({
    candidates: async () => store,
    visible,
    live: async () => undefined,
    fresh: async () => [],
    compared: async () => [],
    limit: 3,
    mustEndBy: performance.now() - 1,
  });
  await expect(late).rejects.toThrow('took too long');
});
