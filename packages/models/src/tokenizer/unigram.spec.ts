import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Unigram } from './unigram.js';

const VOCAB: [string, number][] = [
  ['<unk>', 0],
  ['a', -3.1],
  ['b', -2.3],
  ['ab', -4.7],
  ['ba', -4.1],
  ['aba', -7.9],
  ['bbb', -6.2],
  ['ca', -5.3],
];
const UNKNOWN_SCORE = -7.9 - 10;
const scoreOf = new Map(VOCAB);

/** The score of the best of all ways to cut the word. */
function bestScore(word: string): number {
  if (word === '') return 0;
  const cuts = Array.from(word, (_, i) => i + 1).map((end) => {
    const piece = word.slice(0, end);
    const score = scoreOf.get(piece) ?? (end === 1 ? UNKNOWN_SCORE : Number.NEGATIVE_INFINITY);
    return score === Number.NEGATIVE_INFINITY ? score : score + bestScore(word.slice(end));
  });
  return Math.max(...cuts);
}

it('finds the likeliest row of pieces', () => {
  const unigram = new Unigram({ type: 'Unigram', unk_id: 0, vocab: VOCAB });
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }), (word) => {
      const pieces = unigram.idsOf(word).map((id) => VOCAB[id] as [string, number]);
      expect(pieces.map(([piece]) => piece).join('')).toBe(word);
      expect(pieces.reduce((sum, [, score]) => sum + score, 0)).toBeCloseTo(bestScore(word), 9);
    }),
  );
});

it('characters without a piece are one unknown token together, or bytes', () => {
  const bytes = Array.from({ length: 256 }, (_, byte): [string, number] => [`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, -20]);
  expect(new Unigram({ type: 'Unigram', unk_id: 0, vocab: VOCAB }).idsOf('axé🎉b')).toEqual([1, 0, 2]);
  const spelt = [...Buffer.from('xé')].map((byte) => VOCAB.length + byte);
  expect(new Unigram({ type: 'Unigram', unk_id: 0, vocab: [...VOCAB, ...bytes], byte_fallback: true }).idsOf('axéb')).toEqual([1, ...spelt, 2]);
});
