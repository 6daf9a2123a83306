/** The share of what either ranking has that both have; 1 where neither has anything. */
export function overlapOf(one: readonly string[], other: readonly string[]): number {
  const longer = Math.max(one.length, other.length);
  if (longer === 0) return 1;
  const known = new Set(one);
  return other.filter((id) => known.has(id)).length / longer;
}

/** Normalised discounted cumulative gain of a ranking, with gains of 2^relevance - 1; 0 where nothing is relevant. */
export function ndcgOf(ranking: readonly string[], relevance: ReadonlyMap<string, number>): number {
  const best = [...relevance.values()].sort((a, b) => b - a).slice(0, Math.max(ranking.length, TOP));
  const ideal = gainOf(best);
  return ideal === 0 ? 0 : gainOf(ranking.map((id) => relevance.get(id) ?? 0)) / ideal;
}

/** How many of the best are compared. */
export const TOP = 10;

function gainOf(relevances: readonly number[]): number {
  return relevances.reduce((sum, relevance, at) => sum + (2 ** relevance - 1) / Math.log2(at + 2), 0);
}

export function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 1 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
