import type { Fused } from './fuse.js';

/**
 * The order in which hits are given out over all pages. Each ranking goes deeper than the one before it, and what it has more comes after: so a place that
 * was given out stays taken however far a caller goes on. What comes later never has a higher score than what came before.
 */
export function pageOrder(rankings: readonly (readonly Fused[])[], isGrouped: boolean): Fused[] {
  const seen = new Set<string>();
  const order: Fused[] = [];
  for (const ranking of rankings) {
    const floor = order.at(-1)?.score ?? Number.POSITIVE_INFINITY;
    for (const one of ranking) {
      const id = isGrouped ? one.documentId : one.chunkId;
      if (seen.has(id)) continue;
      seen.add(id);
      order.push(notAbove(floor, one));
    }
  }
  return order;
}

/** What comes after a hit of this score. What each ranking gave gets smaller alike, so that it still adds up to the score. */
export function notAbove<Ranked extends Fused>(score: number, one: Ranked): Ranked {
  if (one.score <= score) return one;
  const lanes = Object.entries(one.lanes).map(([name, lane]) => [name, { ...lane, share: one.score === 0 ? score : score * (lane.share / one.score) }]);
  return { ...one, score, lanes: Object.fromEntries(lanes) };
}
