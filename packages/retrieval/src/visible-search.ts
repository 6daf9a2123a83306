import { DependencyError } from '@cairn/common/contracts';

interface Candidate {
  id: string;
}

interface Scored {
  score: number;
}

export interface VisibleSearch<Hit extends Candidate & Scored, Visible extends Scored, Live extends Candidate> {
  /** The best `limit` candidates of the vector store, without the excluded ids. */
  candidates: (limit: number, excludeIds: readonly string[]) => Promise<Hit[]>;
  /** Those of the hits that are live, one for each asset and segment, judged by Postgres over all it holds and not only over these hits. */
  visible: (hits: Hit[]) => Promise<Visible[]>;
  /** What a live hit is a part of: of each such thing only the best hit counts. Where absent, each hit counts. */
  thingOf?: ((hit: Visible) => string) | undefined;
  /** All live points that the question is asked of; undefined when they are more than `atMost`. */
  live: (atMost: number) => Promise<Live[] | undefined>;
  /** Those of them that the vector store is not yet known to find. */
  fresh: () => Promise<Live[]>;
  /** Those of the points that match, whether the vector store finds them or not. */
  compared: (points: Live[]) => Promise<Hit[]>;
  limit: number;
  /** By the clock of `performance`: candidates that come later prove nothing, for what `visible` judges by may be collected by then. */
  mustEndBy?: number;
}

export interface VisibleSearchResult<Visible> {
  results: Visible[];
  /** Candidates that were judged, and how many of them were not live. A high share means that garbage collection is behind. */
  seen: number;
  dropped: number;
  /** How often more were asked for, because too few of those before were live or wanted. */
  refills: number;
}

/** Beyond what is wanted, for candidates that are not live: half of few, a fifth of many. */
const OVERFETCH = { share: 0.5, shareOfMany: 0.2, atLeast: 8 };
const LARGEST_ROUND = 2_000;
/** The store answers no more at once. */
const CANDIDATES_AT_MOST = 10_000;
/** Rounds after which it is worth asking what is live at all: more dead points than that hide few live ones, or there are not as many as were asked for. */
const ROUNDS_BEFORE_ASKING = 2;
const NAMED_AT_MOST = 2_000;

/**
 * Search whose hits are only candidates: asks for more than needed, drops what is not live, and goes on without what it has seen until it has
 * enough or there are no more; it never answers with less than there is. Each round asks for twice as many, so that a pile of dead points is soon
 * behind; where few points are live those are compared by name, so that no pile is too large. So is what is fresh, because the store may hide it (ADR 22).
 * To keep one version of a document from mixing with the next across rounds, all that is asked of Postgres has to come from one snapshot.
 */
export async function searchVisible<Hit extends Candidate & Scored, Visible extends Scored, Live extends Candidate>(
  search: VisibleSearch<Hit, Visible, Live>,
): Promise<VisibleSearchResult<Visible>> {
  const { limit, thingOf, mustEndBy = Number.POSITIVE_INFINITY } = search;
  const best = new Map<unknown, Visible>();
  let visible = 0;
  let looks = 0;
  const seen = new Set<string>();
  const unseen = <T extends Candidate>(points: T[]): T[] => points.filter(({ id }) => !seen.has(id));

  async function keep(hits: Hit[]): Promise<void> {
    if (performance.now() > mustEndBy) throw new DependencyError('qdrant', 'The search took too long, and what it looked for may have changed. Search again.');
    for (const { id } of hits) seen.add(id);
    for (const hit of hits.length > 0 ? await search.visible(hits) : []) {
      visible++;
      const thing = thingOf === undefined ? hit : thingOf(hit);
      const known = best.get(thing);
      if (known === undefined || known.score < hit.score) best.set(thing, hit);
    }
  }

  /** Whether there may be more than it found. */
  async function look(asked: number): Promise<boolean> {
    looks++;
    const hits = await search.candidates(asked, [...seen]);
    const found = unseen(hits);
    await keep(found);
    return hits.length === asked && found.length > 0;
  }

  /** What is less near than the last that is answered changes nothing, be it live or not: of a thousand that are fresh that is nearly every one. */
  function couldCount(hits: Hit[]): Hit[] {
    const scores = [...best.values()].map(({ score }) => score).sort((a, b) => b - a);
    const least = scores[limit - 1] ?? Number.NEGATIVE_INFINITY;
    return hits.filter(({ score }) => score >= least);
  }

  async function compare(points: Live[]): Promise<void> {
    const left = unseen(points);
    if (left.length > 0) await keep(couldCount(await search.compared(left)));
  }

  let more = true;
  for (let round = 0; more && best.size < limit; round++) {
    const live = round === ROUNDS_BEFORE_ASKING ? await search.live(NAMED_AT_MOST) : undefined;
    if (live) await compare(live);
    more = live === undefined && (await look(sizeOfRound(limit, round)));
  }
  await compare(await search.fresh());
  const results = [...best.values()].sort((a, b) => b.score - a.score).slice(0, limit);
  return { results, seen: seen.size, dropped: seen.size - visible, refills: Math.max(0, looks - 1) };
}

/** How many candidates a search asks for at first. */
export function firstRoundOf(limit: number): number {
  const more = Math.min(limit * OVERFETCH.share, Math.max(OVERFETCH.atLeast, limit * OVERFETCH.shareOfMany));
  return Math.min(CANDIDATES_AT_MOST, Math.ceil(limit + more));
}

function sizeOfRound(limit: number, round: number): number {
  const first = firstRoundOf(limit);
  return Math.min(first * 2 ** round, Math.max(first, LARGEST_ROUND));
}
