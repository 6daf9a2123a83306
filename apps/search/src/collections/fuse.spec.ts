import type { PointId } from '@cairn/common';
import { describe, expect, it } from '@jest/globals';
import { fuse, type LaneRanking, withoutOpenTies } from './fuse.js';

const ranking = (lane: 'dense' | 'sparse', scores: Record<string, number>, more: Partial<LaneRanking> = {}): LaneRanking => ({
  lane,
  question: 0,
  weight: 1,
  knowledge: 1,
  ranked: Object.entries(scores).map(([chunkId, score]) => ({ chunkId, indexId: '', documentId: chunkId, pointId: chunkId as PointId, token: '', score })),
  isWhole: true,
  ...more,
});
const rrf = { fusion: 'rrf', rrfK: 60 } as const;
const order = (rankings: LaneRanking[], how: Parameters<typeof fuse>[1] = rrf) => fuse(rankings, how).map(({ chunkId }) => chunkId);

describe('one ranking of several', () => {
  it('Q6: by ranks: what both have first has 1, and what is in both comes before what one has alone', () => {
    const both = [ranking('dense', { a: 0.9, b: 0.8, c: 0.7 }), ranking('sparse', { a: 30, d: 20, b: 10 })];
    const fused = fuse(both, rrf);
    expect(fused[0]).toMatchObject({ chunkId: 'a', score: 1 });
    expect(fused.map(({ chunkId }) => chunkId)).toEqual(['a', 'b', 'd', 'c']);
    expect(fused[1]?.score).toBeCloseTo((61 / 62 + 61 / 63) / 2);
    expect(fused[1]?.lanes).toEqual({
      dense: { rank: 2, score: 0.8, weight: 0.5, share: 61 / 62 / 2 },
      sparse: { rank: 3, score: 10, weight: 0.5, share: 61 / 63 / 2 },
    });
  });

  it('Q6: weighs its rankings', () => {
    const apart = (weight: number) => [ranking('dense', { a: 1, b: 0.5 }, { weight }), ranking('sparse', { b: 1, a: 0.5 })];
    expect([order(apart(2)), order(apart(0.5))]).toEqual([
      ['a', 'b'],
      ['b', 'a'],
    ]);
  });

  it('Q1: alone keeps its scores', () => {
    expect(fuse([ranking('dense', { a: 0.9, b: -0.2 })], rrf).map(({ score }) => score)).toEqual([0.9, -0.2]);
  });

  it('Q6: by scores: how far one leads counts', () => {
    const both = [ranking('dense', { a: 0.9, b: 0.2, c: 0.19, d: 0.18 }), ranking('sparse', { c: 5, b: 4.9, a: 4.89, d: 4.8 })];
    expect(order(both, { fusion: 'dbsf', rrfK: 60 })[0]).toBe('a');
    for (const { score } of fuse(both, { fusion: 'dbsf', rrfK: 60 })) expect(score).toBeGreaterThanOrEqual(0);
    const flat = fuse([ranking('dense', { a: 1, b: 1 }), ranking('sparse', { a: 1, b: 1 })], { fusion: 'dbsf', rrfK: 60 });
    expect(flat.map(({ score }) => score)).toEqual([0.5, 0.5]);
    const tenths = fuse([ranking('dense', { a: 0.1, b: 0.1, c: 0.1 }), ranking('sparse', { a: 0.1, b: 0.1, c: 0.1 })], { fusion: 'dbsf', rrfK: 60 });
    expect(tenths.map(({ score }) => score)).toEqual([0.5, 0.5, 0.5]);
  });

  it('Q9: keeps apart what several questions found, and joins it', () => {
    const two = [ranking('dense', { a: 0.9, b: 0.8 }), ranking('dense', { b: 0.7 }, { question: 1 })];
    expect(fuse(two, rrf)[0]).toMatchObject({ chunkId: 'b', lanes: { dense: { rank: 2 }, 'dense 2': { rank: 1 } } });
  });

  it('Q8: gives what is as good the same rank, in whatever order it came', () => {
    const fused = fuse([ranking('sparse', { c: 5, b: 3, a: 3, d: 1 }), ranking('dense', {})], rrf);
    expect(fused.map(({ chunkId, lanes }) => [chunkId, lanes.sparse?.rank])).toEqual([
      ['c', 1],
      ['a', 2],
      ['b', 2],
      ['d', 4],
    ]);
  });

  it('Q8: leaves out of a ranking with more to come what is as good as its last', () => {
    const ties = { a: 5, b: 3, c: 3 };
    expect(withoutOpenTies(ranking('sparse', ties, { isWhole: false })).ranked.map(({ chunkId }) => chunkId)).toEqual(['a']);
    expect(withoutOpenTies(ranking('sparse', ties)).ranked).toHaveLength(3);
  });

  it('Q8: puts what has the same score always in the same order', () => {
    expect(order([ranking('dense', { b: 1 }), ranking('sparse', { a: 1 })])).toEqual(['a', 'b']);
  });
});
