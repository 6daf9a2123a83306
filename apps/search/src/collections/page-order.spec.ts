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

it('Q8: of each document only its best chunk, where that is asked for', () => {
  expect(ids(pageOrder([fused({ a1: 0.9, a2: 0.8, b1: 0.7 }), fused({ a3: 0.9, b2: 0.8, c1: 0.1 })], true))).toEqual(['a1', 'b1', 'c1']);
});
