import type { PointId } from '@cairn/common';
import { expect, it } from '@jest/globals';
import type { Fused } from './fuse.js';
import { pageOrder } from './page-order.js';

const fused = (scores: Record<string, number>): Fused[] =>
  Object.entries(scores).map(([chunkId, score]) => ({
    chunkId,
    indexId: '',
    documentId: chunkId[0] as string,
    pointId: chunkId as PointId,
    token: '',
    score,
    lanes: {},
  }));
const ids = (places: Fused[]) => places.map(({ chunkId }) => chunkId);

it('Q8: what was given out keeps its place when rankings go deeper, and scores never rise', () => {
  const shallow = fused({ a: 0.9, b: 0.4 });
  const deep = fused({ c: 0.95, a: 0.9, d: 0.3, b: 0.2 });
  const order = pageOrder([shallow, deep], false);
  expect(order.map(({ chunkId, score }) => [chunkId, score])).toEqual([
    ['a', 0.9],
    ['b', 0.4],
    ['c', 0.4],
    ['d', 0.3],
  ]);
  expect(ids(pageOrder([shallow], false))).toEqual(ids(order).slice(0, 2));
});

it('Q10: what is cut to the score before it has shares that add up to its own', () => {
  const of = (chunkId: string, shares: number[]): Fused => ({
    ...(fused({ [chunkId]: shares.reduce((sum, share) => sum + share) })[0] as Fused),
    lanes: Object.fromEntries(shares.map((share, at) => [`${at}`, { rank: 1, score: 1, weight: 0.5, share }])),
  });
  const order = pageOrder([[of('a', [0.1])], [of('b', [0.7, 0.1]), of('c', [0.05])], [of('d', [0])], [of('e', [-0.2])], [of('f', [0])]], false);
  for (const { score, lanes } of order) expect(Object.values(lanes).reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(score, 12);
  expect(order.map(({ score }) => score)).toEqual([0.1, 0.1, 0.05, 0, -0.2, -0.2]);
});

it('Q8: of each document only its best chunk, where that is asked for', () => {
  expect(ids(pageOrder([fused({ a1: 0.9, a2: 0.8, b1: 0.7 }), fused({ a3: 0.9, b2: 0.8, c1: 0.1 })], true))).toEqual(['a1', 'b1', 'c1']);
});
