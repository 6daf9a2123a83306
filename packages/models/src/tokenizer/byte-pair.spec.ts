import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BytePair } from './byte-pair.js';

const MERGES = ['a b', 'b c', 'ab c', 'a a', 'c c', 'bc a', 'aa aa', 'abc ab'];
const PIECES = ['a', 'b', 'c', '<unk>', ...new Set(MERGES.map((merge) => merge.replace(' ', '')))];
const VOCAB = Object.fromEntries(PIECES.map((piece, id) => [piece, id]));
const model = (settings: object = {}) => new BytePair({ type: 'BPE', vocab: VOCAB, merges: MERGES, ...settings });

/** One merge at a time: the earliest learnt one that there is, leftmost. */
function mergeSlowly(word: string): number[] {
  const row = Array.from(word);
  for (;;) {
    const ranks = row.slice(1).map((right, i) => MERGES.indexOf(`${row[i]} ${right}`));
    const best = Math.min(...ranks.filter((rank) => rank >= 0));
    if (best === Number.POSITIVE_INFINITY) return row.map((piece) => VOCAB[piece] as number);
    const at = ranks.indexOf(best);
    row.splice(at, 2, `${row[at]}${row[at + 1]}`);
  }
}

it('joins pairs in the order of their ranks, from left to right', () => {
  const bytePair = model();
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 40 }), (word) => expect(bytePair.idsOf(word)).toEqual(mergeSlowly(word))),
    { numRuns: 2_000 },
  );
});

it('a whole word of the vocabulary needs no merges where the model says so', () => {
  expect(model({ vocab: { ...VOCAB, cab: 99 } }).idsOf('cab')).toEqual([VOCAB.c, VOCAB.ab]);
  expect(model({ vocab: { ...VOCAB, cab: 99 }, ignore_merges: true }).idsOf('cab')).toEqual([99]);
});

it('what it has no letter for is spelt in bytes, unknown, or left out', () => {
  const bytes = Object.fromEntries(Array.from({ length: 256 }, (_, byte) => [`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, 100 + byte]));
  expect(model({ vocab: { ...VOCAB, ...bytes }, byte_fallback: true }).idsOf('aé')).toEqual([VOCAB.a, 100 + 0xc3, 100 + 0xa9]);
  expect(model({ unk_token: '<unk>' }).idsOf('xxa')).toEqual([VOCAB['<unk>'], VOCAB['<unk>'], VOCAB.a]);
  expect(model({ unk_token: '<unk>', fuse_unk: true }).idsOf('xxa')).toEqual([VOCAB['<unk>'], VOCAB.a]);
  expect(model().idsOf('xxa')).toEqual([VOCAB.a]);
});
