/** How many of the best are compared. */
export const TOP = 10;

/** What is relevant for a question, by id; more than 0 is relevant. */
export type Relevance = ReadonlyMap<string, number>;

/** The share of what either ranking has that both have; 1 where neither has anything. */
export function overlapOf(one: readonly string[], other: readonly string[]): number {
  const longer = Math.max(one.length, other.length);
  if (longer === 0) return 1;
  const known = new Set(one);
  return other.filter((id) => known.has(id)).length / longer;
}

/** Normalised discounted cumulative gain of the first `k`, with gains of 2^relevance - 1; 0 where nothing is relevant. */
export function ndcgOf(ranking: readonly string[], relevance: Relevance, k = TOP): number {
  const best = [...relevance.values()].sort((a, b) => b - a).slice(0, k);
  const ideal = gainOf(best);
  return ideal === 0 ? 0 : gainOf(ranking.slice(0, k).map((id) => relevance.get(id) ?? 0)) / ideal;
}

/** The share of what is relevant that is among the first `k`; 0 where nothing is. */
export function recallOf(ranking: readonly string[], relevance: Relevance, k: number): number {
  const relevant = [...relevance.values()].filter((value) => value > 0).length;
  return relevant === 0 ? 0 : relevantAmong(ranking.slice(0, k), relevance) / relevant;
}

/** The share of `k` places that have something relevant. */
export function precisionOf(ranking: readonly string[], relevance: Relevance, k: number): number {
  return relevantAmong(ranking.slice(0, k), relevance) / k;
}

/** One by the rank of the first that is relevant; 0 where none is. */
export function reciprocalRankOf(ranking: readonly string[], relevance: Relevance): number {
  const at = ranking.findIndex((id) => (relevance.get(id) ?? 0) > 0);
  return at < 0 ? 0 : 1 / (at + 1);
}

export function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 1 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A mean over questions, and where it would lie nineteen times out of twenty with other questions of the kind. */
export interface Estimate {
  mean: number;
  ci95: [number, number];
  n: number;
}

/** More of them move the bounds by less than what a question more or less does. */
const SAMPLES = 2_000;
const [LOWEST, HIGHEST] = [Math.round(0.025 * SAMPLES), Math.round(0.975 * SAMPLES) - 1];
const SEED = 0x2545f491;

/**
 * By bootstrap: the means of samples drawn of the values, with repeats. So the bounds never lie outside of what was measured, and as the same draws are made
 * each time, the same values have the same bounds. With fewer questions than some dozens they are a rough guess.
 */
export function estimateOf(values: readonly number[]): Estimate {
  const means = sampledMeans(values).sort();
  return { mean: meanOf(values), ci95: [means[LOWEST] as number, means[HIGHEST] as number], n: values.length };
}

function sampledMeans(values: readonly number[]): Float64Array {
  const n = values.length;
  const next = drawer(SEED);
  return new Float64Array(SAMPLES).map(() => {
    let sum = 0;
    for (let drawn = 0; drawn < n; drawn++) sum += values[Math.floor(next() * n)] as number;
    return n === 0 ? meanOf(values) : sum / n;
  });
}

/** Numbers from 0 to 1 that follow from the seed (xorshift). */
function drawer(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function relevantAmong(ids: readonly string[], relevance: Relevance): number {
  return ids.filter((id) => (relevance.get(id) ?? 0) > 0).length;
}

function gainOf(relevances: readonly number[]): number {
  return relevances.reduce((sum, relevance, at) => sum + (2 ** Math.max(0, relevance) - 1) / Math.log2(at + 2), 0);
}
