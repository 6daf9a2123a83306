import { isSpace } from '../characters.js';
import type { Chunk } from '../chunk.js';
import { type Border, borderAt } from './borders.js';

const BINS = 10;
// How good it is to cut there: a reader loses nothing at the end of a paragraph, and cannot read on inside of a word.
const WORTH: Record<Border, number> = { paragraph: 1, line: 0.8, sentence: 0.8, word: 0.4, inside: 0 };

export interface HistogramBin {
  /** More tokens than this, or 0 tokens in the first bin. */
  above: number;
  upTo: number;
  chunks: number;
}

export interface ChunkStats {
  chunks: number;
  tokens: { total: number; min: number; median: number; mean: number; max: number };
  /** Ten bins of the same width. */
  histogram: HistogramBin[];
  /** The share of characters other than white space that are in a chunk; 1 for a text without any. */
  coverage: number;
  /** The share of what is in chunks that is there a second time. */
  overlapShare: number;
  /** How the ends of the chunks lie, but for the end of the text. */
  borders: Record<Border, number>;
  /** The mean worth of these borders: 1 when each chunk ends with a paragraph, 0 when each ends inside of a word; 1 when there is only one chunk. */
  boundaryQuality: number;
}

function tokenStats(sorted: readonly number[]): ChunkStats['tokens'] {
  const total = sorted.reduce((sum, tokens) => sum + tokens, 0);
  const middle = [sorted[(sorted.length - 1) >> 1] ?? 0, sorted[sorted.length >> 1] ?? 0] as const;
  return { total, min: sorted[0] ?? 0, median: (middle[0] + middle[1]) / 2, mean: sorted.length === 0 ? 0 : total / sorted.length, max: sorted.at(-1) ?? 0 };
}

function histogramOf(sorted: readonly number[]): HistogramBin[] {
  const width = Math.max(1, Math.ceil((sorted.at(-1) ?? 0) / BINS));
  const bins = Array.from({ length: BINS }, (_, i) => ({ above: i * width, upTo: (i + 1) * width, chunks: 0 }));
  for (const tokens of sorted) (bins[Math.max(0, Math.ceil(tokens / width) - 1)] as HistogramBin).chunks++;
  return bins;
}

function solid(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if (!isSpace(text.charCodeAt(at))) count++;
  return count;
}

/** How much of the text is in chunks, and how much of that twice; by UTF-16 units. */
function cover(text: string, chunks: readonly Chunk[]): Pick<ChunkStats, 'coverage' | 'overlapShare'> {
  let [covered, inChunks, once, end] = [0, 0, 0, 0];
  for (const chunk of chunks) {
    const start = Math.max(end, chunk.start);
    inChunks += chunk.end - chunk.start;
    once += Math.max(0, chunk.end - start);
    covered += solid(text, start, chunk.end);
    end = Math.max(end, chunk.end);
  }
  const all = solid(text, 0, text.length);
  return { coverage: all === 0 ? 1 : covered / all, overlapShare: inChunks === 0 ? 0 : (inChunks - once) / inChunks };
}

function borderStats(text: string, chunks: readonly Chunk[]): Pick<ChunkStats, 'borders' | 'boundaryQuality'> {
  const borders: Record<Border, number> = { paragraph: 0, line: 0, sentence: 0, word: 0, inside: 0 };
  for (const { end } of chunks.slice(0, -1)) borders[borderAt(text, end)]++;
  const count = Math.max(0, chunks.length - 1);
  const worth = Object.entries(borders).reduce((sum, [border, times]) => sum + WORTH[border as Border] * times, 0);
  return { borders, boundaryQuality: count === 0 ? 1 : worth / count };
}

/** What can be said of the chunks of a text, in the order of their starts; all of it is counted from them. */
export function chunkStats(text: string, chunks: readonly Chunk[]): ChunkStats {
  const sorted = chunks.map(({ tokens }) => tokens).sort((a, b) => a - b);
  return { chunks: chunks.length, tokens: tokenStats(sorted), histogram: histogramOf(sorted), ...cover(text, chunks), ...borderStats(text, chunks) };
}
