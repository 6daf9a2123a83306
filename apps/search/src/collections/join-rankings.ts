/** One of several rankings of the same things, the best first. */
export interface Ranking {
  lane: string;
  ids: readonly string[];
}

/**
 * Joins rankings by their ranks alone: each gives `1 / (k + rank)`, and the sums are divided by what the first of all rankings would have. So scores are
 * from 0 to 1, and rankings whose scores cannot be compared count the same.
 */
export function joinRankings(rankings: readonly Ranking[], k: number): Map<string, number> {
  const best = rankings.length / (k + 1);
  const sums = new Map<string, number>();
  for (const { ids } of rankings) for (const [at, id] of ids.entries()) sums.set(id, (sums.get(id) ?? 0) + 1 / (k + at + 1) / best);
  return new Map([...sums].sort(([, a], [, b]) => b - a));
}
