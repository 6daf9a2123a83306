import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { simpleTokeniser } from '../fixtures/simple-tokeniser.js';
import { anyText } from '../fixtures/texts.js';
import type { Chunk } from './chunk.js';
import { embeddingWindows } from './embedding-windows.js';
import type { OffsetTokeniser } from './tokens/offset-tokeniser.js';

const BEFORE = 'What stands before it. ';
const chunkOf = (text: string): Chunk => ({
  index: 3,
  text,
  start: BEFORE.length,
  end: BEFORE.length + text.length,
  tokens: simpleTokeniser.offsets(text).length,
});
const windows = (text: string, maxTokens: number, tokeniser: OffsetTokeniser = simpleTokeniser) =>
  embeddingWindows(chunkOf(text), { tokeniser, maxTokens, overlap: 2 });

describe('embedding windows', () => {
  it('U1: are one for a chunk that the model reads whole', () => {
    expect(windows('A short text.', 10)).toEqual([{ text: 'A short text.', start: 23, end: 36 }]);
  });

  it('U1: hold all of a longer chunk, each no longer than the model reads', () =>
    fc.assert(
      fc.property(anyText, fc.integer({ min: 4, max: 30 }), (text, maxTokens) => {
        const seen = new Set<number>();
        for (const window of windows(text, maxTokens)) {
          expect((BEFORE + text).slice(window.start, window.end)).toBe(window.text);
          expect(simpleTokeniser.offsets(window.text).length).toBeLessThanOrEqual(maxTokens);
          for (let at = window.start; at < window.end; at++) seen.add(at - BEFORE.length);
        }
        expect(Array.from(text, (_, at) => at).filter((at) => !seen.has(at) && (text[at] ?? '').trim() !== '')).toEqual([]);
      }),
      { numRuns: 50 },
    ));

  it('U1: fit also where a word has more tokens when it was cut', () => {
    // One token for a whole word, and one for each letter of what is no word.
    const tokeniser: OffsetTokeniser = {
      offsets: (text) =>
        Array.from(text.matchAll(/\S+/g)).flatMap(({ 0: word, index }) =>
          word.length === 30 ? [index, index + 10, index + 20] : Array.from(word, (_, i) => index + i),
        ),
    };
    const found = windows('x'.repeat(30), 2, tokeniser);
    expect(found.at(-1)?.end).toBe(BEFORE.length + 30);
    expect(Math.max(...found.map(({ text }) => tokeniser.offsets(text).length))).toBeLessThanOrEqual(2);
  });
});
