import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { byteTokeniser, simpleTokeniser } from '../../fixtures/simple-tokeniser.js';
import { anyText } from '../../fixtures/texts.js';
import type { ParsedText } from '../../parsed-text.js';
import { type Chunk, collectChunks, type EmbedTexts } from '../chunk.js';
import { CHUNKERS, type ChunkingStrategy, makeChunker } from '../registry.js';
import type { OffsetTokeniser } from '../tokens/offset-tokeniser.js';

// What holds for every chunker, in every language.

const SIZE = 20;
const parsedOf = (text: string): ParsedText => ({ text, mimeType: 'text/plain', metadata: {} });
const cut = (
  strategy: string,
  text: string,
  { overlap = 5, size = SIZE, tokeniser = simpleTokeniser }: { overlap?: number; size?: number; tokeniser?: OffsetTokeniser } = {},
) => collectChunks(makeChunker({ strategy, options: { chunk_size: size, chunk_overlap: overlap } }, { tokeniser, embed }), parsedOf(text));

/** Vectors that jump between sentences. */
const embed: EmbedTexts = async (texts) => texts.map((text) => Float32Array.of(text.length % 7, text.length % 3, 1));

const STRATEGIES = Object.keys(CHUNKERS) as ChunkingStrategy[];

/** What no chunk has, without its white space. */
function leftOut(text: string, chunks: readonly Chunk[]): string {
  let covered = 0;
  let lost = '';
  for (const { start, end } of chunks) {
    lost += text.slice(covered, Math.max(covered, start));
    covered = Math.max(covered, end);
  }
  return (lost + text.slice(covered)).trim();
}

describe.each(STRATEGIES)('the chunker %s', (strategy) => {
  const holds = (check: (text: string, chunks: Chunk[]) => void | Promise<void>, numRuns = 30) =>
    fc.assert(
      fc.asyncProperty(anyText, async (text) => check(text, await cut(strategy, text))),
      { numRuns },
    );

  it('U1 U2: leaves out white space only', () => holds((text, chunks) => expect(leftOut(text, chunks)).toBe('')));

  it('U7: gives offsets that point at its text, and numbers from 0 on', () =>
    holds((text, chunks) => {
      expect(chunks.map(({ start, end }) => text.slice(start, end))).toEqual(chunks.map((chunk) => chunk.text));
      expect(chunks.map(({ index }) => index)).toEqual(chunks.map((_, index) => index));
    }));

  it('U1: makes no chunk larger than asked for, by its own count and by a new one', () =>
    holds((_, chunks) => {
      for (const { text, tokens } of chunks) {
        expect(tokens).toBeLessThanOrEqual(SIZE);
        expect(simpleTokeniser.offsets(text).length).toBeLessThanOrEqual(SIZE);
      }
    }));

  it('U7: splits no surrogate pair', () =>
    holds((text, chunks) => expect(text.isWellFormed() && chunks.some((chunk) => !chunk.text.isWellFormed())).toBe(false)));

  it('U7: begins each chunk behind the beginning of the one before, and ends it behind its end', () =>
    holds((_, chunks) => {
      const pairs = chunks.slice(1).map((chunk, i) => [chunks[i] as Chunk, chunk] as const);
      expect(pairs.filter(([before, after]) => after.start <= before.start || after.end <= before.end)).toEqual([]);
    }));

  it('U1: cuts the same text the same way twice', () => holds(async (text, chunks) => expect(await cut(strategy, text)).toEqual(chunks), 10));

  it('U1: makes nothing of nothing', async () => {
    expect(await cut(strategy, '')).toEqual([]);
    expect(await cut(strategy, ' \n\u3000\t\n ')).toEqual([]);
  });

  it('U7: ends and loses nothing where one character has more tokens than fit', async () => {
    const text = '👨‍👩‍👧‍👦漢字 a'.repeat(20);
    const chunks = await cut(strategy, text, { size: 10, overlap: 5, tokeniser: byteTokeniser });
    expect(leftOut(text, chunks)).toBe('');
    expect(chunks.every((chunk) => chunk.text.isWellFormed())).toBe(true);
  });

  it.each([
    [10, 4],
    [10, 5],
    [16, 6],
    [19, 8],
  ])('U7: splits no pair that a chunk of %i tokens begins with and the next, repeating %i, cannot', async (size, overlap) => {
    const text = '😀\n\nA long paragraph that is cut between its words, again and again, until it ends.';
    const chunks = await cut(strategy, text, { size, overlap, tokeniser: byteTokeniser });
    expect(chunks.filter((chunk) => !chunk.text.isWellFormed())).toEqual([]);
    expect(leftOut(text, chunks)).toBe('');
  });
});

describe.each(['tokens', 'recursive', 'sentence'])('the chunker %s', (strategy) => {
  it('U1 U2: leaves a chunk as it is when it is cut again', () =>
    fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        for (const chunk of await cut(strategy, text)) expect((await cut(strategy, chunk.text)).map((again) => again.text)).toEqual([chunk.text]);
      }),
      { numRuns: 10 },
    ));

  it('U1 U2: repeats no more than it was told to, and nothing when told so', () =>
    fc.assert(
      fc.asyncProperty(anyText, fc.constantFrom(0, 3, 10), async (text, overlap) => {
        const chunks = await cut(strategy, text, { overlap });
        const repeated = chunks.slice(1).map(({ start }, i) => simpleTokeniser.offsets(text.slice(start, (chunks[i] as Chunk).end)).length);
        expect(repeated.filter((tokens) => tokens > overlap)).toEqual([]);
      }),
      { numRuns: 30 },
    ));
});
