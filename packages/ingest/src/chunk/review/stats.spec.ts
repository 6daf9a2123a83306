import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { simpleTokeniser } from '../../fixtures/simple-tokeniser.js';
import { anyText } from '../../fixtures/texts.js';
import type { ParsedText } from '../../parsed-text.js';
import { type Chunk, collectChunks } from '../chunk.js';
import { makeChunker } from '../registry.js';
import { type Border, borderAt } from './borders.js';
import { compareChunkings, previewChunks } from './preview.js';
import { chunkStats } from './stats.js';

const TEXT = 'One two three. Four five.\nSix seven eight\n\nnine ten';
const parsed: ParsedText = { text: TEXT, mimeType: 'text/plain', metadata: {} };
const tools = { tokeniser: simpleTokeniser };

/** The text cut at these places. */
function chunksOf(...spans: [start: number, end: number][]): Chunk[] {
  return spans.map(([start, end], index) => ({
    index,
    text: TEXT.slice(start, end),
    start,
    end,
    tokens: simpleTokeniser.offsets(TEXT.slice(start, end)).length,
  }));
}

describe('U9: the statistics of chunks', () => {
  it.each<[Border, string]>([
    ['paragraph', 'nine'],
    ['line', 'Six'],
    ['sentence', 'Four'],
    ['word', 'two'],
    ['inside', 'ven eight'],
  ])('tell a %s from other borders', (border, before) => {
    const place = TEXT.indexOf(before);
    expect(borderAt(TEXT, place)).toBe(border);
    if (border !== 'inside') expect(borderAt(TEXT, place - 1)).toBe(border);
  });

  it('are those of the chunks', () => {
    const { tokens, histogram, borders, boundaryQuality, overlapShare, coverage } = chunkStats(TEXT, chunksOf([0, 14], [4, 25], [26, 41], [43, 51]));
    expect(tokens).toEqual({ total: 19, min: 2, median: 5, mean: 4.75, max: 7 });
    expect(histogram.filter(({ chunks }) => chunks > 0).map(({ upTo, chunks }) => [upTo, chunks])).toEqual([
      [2, 1],
      [5, 2],
      [7, 1],
    ]);
    expect(borders).toEqual({ paragraph: 1, line: 1, sentence: 1, word: 0, inside: 0 });
    expect(boundaryQuality).toBeCloseTo((1 + 0.8 + 0.8) / 3);
    expect(overlapShare).toBeCloseTo(10 / 58);
    expect(coverage).toBe(1);
  });

  it('show what is in no chunk', () => {
    expect(chunkStats('abc def', [{ index: 0, text: 'abc', start: 0, end: 3, tokens: 1 }]).coverage).toBe(0.5);
    expect(chunkStats('', [])).toMatchObject({ chunks: 0, coverage: 1, overlapShare: 0, boundaryQuality: 1, tokens: { mean: 0 } });
  });

  it('equal what a second count finds, for any text', () =>
    fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        const chunks = await collectChunks(makeChunker({ strategy: 'tokens', options: { chunk_size: 10, chunk_overlap: 3 } }, tools), { ...parsed, text });
        const stats = chunkStats(text, chunks);
        const seen = new Set(chunks.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i)));
        const inChunks = chunks.reduce((sum, chunk) => sum + chunk.text.length, 0);
        expect(stats.coverage).toBe(1);
        expect(stats.overlapShare).toBeCloseTo(inChunks === 0 ? 0 : 1 - seen.size / inChunks);
        expect(stats.histogram.reduce((sum, bin) => sum + bin.chunks, 0)).toBe(chunks.length);
        for (const { above, upTo, chunks: count } of stats.histogram) {
          expect(count).toBe(chunks.filter(({ tokens }) => (tokens > above || above === 0) && tokens <= upTo).length);
        }
      }),
      { numRuns: 25 },
    ));
});

describe('U8: previews', () => {
  it('show the first chunks and count all', async () => {
    const preview = await previewChunks(parsed, { strategy: 'tokens', options: { chunk_size: 10, chunk_overlap: 0 } }, { tools, limit: 1 });
    expect(preview.chunks.map(({ index }) => index)).toEqual([0]);
    expect(preview.stats.chunks).toBe(2);
  });

  it('of several plans show which one cuts at better places', async () => {
    const options = { chunk_size: 10, chunk_overlap: 0 };
    const [tokens, sentence] = await compareChunkings(
      parsed,
      [
        { strategy: 'tokens', options },
        { strategy: 'sentence', options },
      ],
      { tools, limit: 3 },
    );
    expect(tokens?.plan.strategy).toBe('tokens');
    expect(sentence?.stats.boundaryQuality).toBeGreaterThan(tokens?.stats.boundaryQuality ?? 1);
  });
});
