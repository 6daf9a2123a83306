import type { EmbedTexts } from '../chunk.js';
import type { Span } from '../span.js';

const BATCH = 64;

export interface BreakpointOptions {
  embed: EmbedTexts;
  /** How much two neighbours must differ to be of two topics: more than this percentage of all neighbours. */
  percentile: number;
}

/** 0 for the same direction, 2 for opposite ones. */
function distance(a: Float32Array, b: Float32Array): number {
  let [dot, lengthA, lengthB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    dot += x * y;
    lengthA += x * x;
    lengthB += y * y;
  }
  return lengthA === 0 || lengthB === 0 ? 0 : 1 - dot / Math.sqrt(lengthA * lengthB);
}

/** How far each passage but the first is from the one before it. Only one batch of vectors is kept. */
async function distancesOf(text: string, passages: readonly Span[], embed: EmbedTexts): Promise<Float64Array> {
  const distances = new Float64Array(Math.max(0, passages.length - 1));
  let before: Float32Array | undefined;
  for (let from = 0; from < passages.length; from += BATCH) {
    const texts = passages.slice(from, from + BATCH).map(({ start, end }) => text.slice(start, end));
    const vectors = await embed(texts);
    if (vectors.length !== texts.length) throw new Error(`${texts.length} texts were embedded, and ${vectors.length} vectors came back`);
    for (const [i, vector] of vectors.entries()) {
      if (before !== undefined) distances[from + i - 1] = distance(before, vector);
      before = vector;
    }
  }
  return distances;
}

/** The value that so many percent of the values are not above, between two of them if need be. */
export function percentileOf(values: Float64Array, percentile: number): number {
  const sorted = values.toSorted();
  const place = ((sorted.length - 1) * percentile) / 100;
  const below = sorted[Math.floor(place)] as number;
  const above = sorted[Math.ceil(place)] as number;
  return below + (above - below) * (place - Math.floor(place));
}

/** The indices of the passages that a new topic begins with. */
export async function breakpoints(text: string, passages: readonly Span[], { embed, percentile }: BreakpointOptions): Promise<Set<number>> {
  const distances = await distancesOf(text, passages, embed);
  if (distances.length === 0) return new Set();
  const threshold = percentileOf(distances, percentile);
  const begins = new Set<number>();
  for (const [i, value] of distances.entries()) if (value > threshold) begins.add(i + 1);
  return begins;
}
