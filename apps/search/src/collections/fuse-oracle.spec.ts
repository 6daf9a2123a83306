import type { Fusion, PointId } from '@cairn/common';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { fuse, type LaneRanking } from './fuse.js';

const SEED = 20_260_101;
const RUNS = 400;

interface Written {
  lane: 'dense' | 'sparse';
  question: number;
  weight: number;
  scores: Record<string, number>;
}

/** Few chunks and few scores, so that rankings share chunks and have ties. */
const scores = fc.dictionary(fc.constantFrom(...'abcdefghijkl'), fc.oneof(fc.integer({ min: -3, max: 8 }), fc.double({ min: -2, max: 30, noNaN: true })), {
  noNullPrototype: true,
});
const weights = fc.constantFrom(0.1, 0.2, 0.5, 0.8, 0.9, 1, 3);
/** Each question in each lane at most once. */
const rankings = fc.uniqueArray(
  fc.record<Written>({ lane: fc.constantFrom('dense', 'sparse'), question: fc.integer({ min: 0, max: 2 }), weight: weights, scores }),
  { minLength: 1, maxLength: 6, selector: ({ lane, question }) => `${lane} ${question}` },
);

function rankingOf({ lane, question, weight, scores: given }: Written): LaneRanking {
  const ranked = Object.entries(given).map(([chunkId, score]) => ({
    chunkId,
    indexId: '',
    documentId: chunkId,
    pointId: chunkId as PointId,
    token: '',
    score,
  }));
  return { lane, question, weight, knowledge: 1, isWhole: true, ranked: ranked.sort((a, b) => b.score - a.score) };
}

/** What a chunk has in the end, said as the guide says it: chunk by chunk, from the scores alone. */
function expected(written: readonly Written[], chunk: string, how: { fusion: Fusion; rrfK: number }): number {
  const [only] = written;
  if (written.length === 1) return only?.scores[chunk] as number;
  const weightOfAll = written.map(({ weight }) => weight).reduce((a, b) => a + b);
  let sum = 0;
  for (const { weight, scores: given } of written) {
    const score = given[chunk];
    if (score === undefined) continue;
    const all = Object.values(given);
    const better = all.filter((other) => other > score).length;
    sum += (weight / weightOfAll) * (how.fusion === 'dbsf' ? deviationWorth(score, all) : (how.rrfK + 1) / (how.rrfK + 1 + better));
  }
  return sum;
}

/** Where a score lies between three standard deviations below and above the mean. */
function deviationWorth(score: number, all: readonly number[]): number {
  const mean = all.reduce((a, b) => a + b) / all.length;
  const sigma = Math.sqrt(all.map((one) => (one - mean) * (one - mean)).reduce((a, b) => a + b) / all.length);
  if (sigma === 0 || all.every((one) => one === score)) return 0.5;
  const [low, high] = [mean - 3 * sigma, mean + 3 * sigma];
  return Math.min(1, Math.max(0, (score - low) / (high - low)));
}

const asked = fc.record({ fusion: fc.constantFrom<Fusion>('rrf', 'dbsf', 'auto'), rrfK: fc.constantFrom(1, 10, 60, 1_000) });

describe('fusion', () => {
  it('Q6: Q9: of any weighted rankings of any questions gives each chunk what an oracle gives it', () =>
    fc.assert(
      fc.property(rankings, asked, (written, how) => {
        const fused = fuse(written.map(rankingOf), how);
        const chunks = new Set(written.flatMap((one) => Object.keys(one.scores)));
        expect(fused.map(({ chunkId }) => chunkId).sort()).toEqual([...chunks].sort());
        for (const { chunkId, score } of fused) expect(score).toBeCloseTo(expected(written, chunkId, how), 9);
      }),
      { numRuns: RUNS, seed: SEED },
    ));

  it('Q6: Q9: puts the best first, what is as good by name, and explains each score by its shares', () =>
    fc.assert(
      fc.property(rankings, asked, (written, how) => {
        const fused = fuse(written.map(rankingOf), how);
        for (const [at, one] of fused.slice(1).entries()) {
          const before = fused[at] as (typeof fused)[number];
          expect(before.score > one.score || (before.score === one.score && before.chunkId < one.chunkId)).toBe(true);
        }
        for (const { lanes, score } of fused) expect(Object.values(lanes).reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(score, 9);
        if (written.length > 1) for (const { score } of fused) expect(score >= 0 && score <= 1 + 1e-9).toBe(true);
      }),
      { numRuns: RUNS, seed: SEED },
    ));

  it('Q6: does not depend on the order in which rankings come', () =>
    fc.assert(
      fc.property(rankings, asked, (written, how) => {
        const byChunk = (given: readonly Written[]) => new Map(fuse(given.map(rankingOf), how).map(({ chunkId, score }) => [chunkId, score]));
        const [there, back] = [byChunk(written), byChunk([...written].reverse())];
        for (const [chunk, score] of there) expect(back.get(chunk)).toBeCloseTo(score, 9);
      }),
      { numRuns: RUNS, seed: SEED },
    ));
});
