import type { PointId } from '@cairn/common';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { LaneRanking } from './fuse.js';
import { knowledgeOf, weighed } from './lane-weights.js';

const ranking = (lane: LaneRanking['lane'], ids: string, knowledge = 1): LaneRanking => ({
  lane,
  question: 0,
  weight: 1,
  knowledge,
  ranked: [...ids].map((id, at) => ({ chunkId: id, indexId: '', documentId: id, pointId: id as PointId, token: '', score: -at })),
  isWhole: true,
});
/** The best first, and those that are equally good by their names, as rankings are. */
function ofScores(lane: 'dense' | 'sparse', scores: readonly [string, number][]): LaneRanking {
  const ordered = [...scores].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
  const ranked = ordered.map(([id, score]) => ({ chunkId: id, indexId: '', documentId: id, pointId: id as PointId, token: '', score }));
  return { lane, question: 0, weight: 1, knowledge: 1, ranked, isWhole: true };
}
const weights = (rankings: LaneRanking[]) => weighed(rankings).map(({ weight }) => Math.round(weight * 100));

describe('what meaning and words count', () => {
  it('Q6: is the same where they find much the same', () => {
    expect(weights([ranking('dense', 'abcdefghij'), ranking('sparse', 'abcdvwxyz')])).toEqual([50, 50]);
    expect(weights([ranking('dense', 'abcdefghij'), ranking('sparse', 'abcuvwxyz')])).toEqual([80, 20]);
  });

  it('Q6: is little for meaning where the model does not know what is written', () => {
    expect(weights([ranking('dense', 'abcdefghij', 0), ranking('sparse', 'abcdefghij')])).toEqual([10, 90]);
    expect(weights([ranking('dense', 'abc', 0.5), ranking('sparse', 'xyz')])).toEqual([45, 55]);
  });

  it('Q12: is for a made-up passage what its question counts, where the model knows what is written', () => {
    expect(weights([ranking('dense', 'abcd'), ranking('sparse', 'abcd'), ranking('hyde', 'wxyz')])).toEqual([50, 50, 100]);
    expect(weights([ranking('dense', 'abcd', 0), ranking('sparse', 'wxyz'), ranking('hyde', 'abcd')])).toEqual([10, 90, 10]);
    expect(weights([ranking('dense', 'abc', 0.5), ranking('sparse', 'xyz'), ranking('hyde', 'abc')])).toEqual([45, 55, 55]);
  });

  it('Q6: does not depend on which of equally good chunks is called what', () => {
    const scores = fc.uniqueArray(fc.tuple(fc.constantFrom(...'abcdefghijklmnopqrst'), fc.integer({ min: 0, max: 3 })), { selector: ([id]) => id });
    return fc.assert(
      fc.property(scores, scores, fc.shuffledSubarray([...'abcdefghijklmnopqrst'], { minLength: 20 }), (dense, sparse, names) => {
        const called = (id: string) => names[id.charCodeAt(0) - 97] as string;
        const permuted = (written: [string, number][]) => written.map(([id, score]): [string, number] => [called(id), score]);
        expect(weights([ofScores('dense', permuted(dense)), ofScores('sparse', permuted(sparse))])).toEqual(
          weights([ofScores('dense', dense), ofScores('sparse', sparse)]),
        );
      }),
      { numRuns: 500, seed: 20_260_101 },
    );
  });

  it('Q6: counts those that share the last places by their share of them', () => {
    const tied = (ids: string) => [...ids].map((id): [string, number] => [id, 1]);
    const dense = ranking('dense', 'abcdefghij');
    expect(weights([dense, ofScores('sparse', tied('abcdefghijklmnopqrstuvwxy'))])).toEqual([50, 50]);
    expect(weights([dense, ofScores('sparse', tied('abcdefghijklmnopqrstuvwxyz'))])).toEqual([80, 20]);
  });

  it('Q9: is found for each question by itself', () => {
    const other = [ranking('dense', 'abcd'), ranking('sparse', 'abcd')].map((one) => ({ ...one, question: 1 }));
    expect(weights([ranking('dense', 'abcd'), ranking('sparse', 'wxyz'), ...other])).toEqual([80, 20, 50, 50]);
  });
});

describe('what a model knows', () => {
  const english = { only: 'en', language: undefined } as const;

  it.each([
    ['words of its language', 'how do plants make sugar', 7, 1],
    ['a name', 'B. F. Skinner', 7, 1],
    ['a single word', 'violin', 3, 1],
    ['a code', 'ERR-4711', 7, 0],
    ['another script', 'как растения делают сахар', 30, 0],
    ['Chinese', '植物如何制造糖', 9, 0],
    ['words that it has to spell', 'wie vrrgl znobtx qrpluu', 18, 0],
  ])('Q6: %s', (_, text, tokens, known) => {
    expect(knowledgeOf({ text, tokens, ...english })).toBeCloseTo(known);
  });

  it('Q6: of texts in another language is little, unless it was trained on many', () => {
    const text = 'wie machen Pflanzen Zucker';
    expect(knowledgeOf({ text, tokens: 8, only: 'en', language: 'de' })).toBe(0.2);
    expect(knowledgeOf({ text, tokens: 8, only: undefined, language: 'de' })).toBe(1);
    expect(knowledgeOf({ text: '植物如何制造糖', tokens: 9, only: undefined, language: 'zh' })).toBe(1);
  });
});
