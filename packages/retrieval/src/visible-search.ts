import { DependencyError } from '@cairn/common/contracts';

/** Points that are not asked for, or the only ones that are. */
export interface NamedIds {
  excludeIds?: readonly string[];
  onlyIds?: readonly string[];
}

interface Candidate {
  id: string;
}

interface Scored {
  score: number;
}

export interface VisibleSearch<Hit extends Candidate, Visible extends Scored> {
  /** The best `limit` candidates of the vector store. */
  candidates: (limit: number, ids: NamedIds) => Promise<Hit[]>;
  /** Those of the hits that are live, one for each asset and segment, judged by Postgres over all it holds and not only over these hits. */
  visible: (hits: Hit[]) => Promise<Visible[]>;
  /** The stored ids of all live points that could be found; undefined when they are more than `atMost`. */
  live: (atMost: number) => Promise<string[] | undefined>;
  limit: number;
  /** By the clock of `performance`: candidates that come later prove nothing, for what `visible` judges by may be collected by then. */
  mustEndBy?: number;
}

export interface VisibleSearchResult<Visible> {
  results: Visible[];
  /** Candidates looked at, and how many of them were not live. A high share means that garbage collection is behind. */
  seen: number;
  dropped: number;
}

const OVERFETCH = 1.5;
const LARGEST_ROUND = 2_000;
/** Rounds after which it is worth asking what is live at all: more dead points than that hide few live ones, or there are not as many as were asked for. */
const ROUNDS_BEFORE_ASKING = 2;
const NAMED_AT_MOST = 2_000;

/**
 * Search whose hits are only candidates: asks for more than needed, drops what is not live, and goes on without what it has seen until it has
 * enough or there are no more; it never answers with less than there is. Each round asks for twice as many, so that a pile of dead points is soon
 * behind; where few points are live the store is asked for those by name, so that no pile is too large.
 * To keep one version of a document from mixing with the next across rounds, `visible` and `live` have to use one database snapshot.
 */
export async function searchVisible<Hit extends Candidate, Visible extends Scored>(search: VisibleSearch<Hit, Visible>): Promise<VisibleSearchResult<Visible>> {
  const { limit, mustEndBy = Number.POSITIVE_INFINITY } = search;
  const results: Visible[] = [];
  const seen = new Set<string>();

  /** Whether there may be more than it found. */
  async function look(asked: number, ids: NamedIds): Promise<boolean> {
    const hits = await search.candidates(asked, ids);
    if (performance.now() > mustEndBy) throw new DependencyError('qdrant', 'The search took too long, and what it looked for may have changed. Search again.');
    const fresh = hits.filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) seen.add(id);
    if (fresh.length > 0) results.push(...(await search.visible(fresh)));
    return hits.length === asked && fresh.length > 0;
  }

  let more = true;
  for (let round = 0; more && results.length < limit; round++) {
    const live = round === ROUNDS_BEFORE_ASKING ? await search.live(NAMED_AT_MOST) : undefined;
    if (live) {
      const onlyIds = live.filter((id) => !seen.has(id));
      if (onlyIds.length > 0) await look(onlyIds.length, { onlyIds });
      break;
    }
    more = await look(sizeOfRound(limit, round), { excludeIds: [...seen] });
  }
  const dropped = seen.size - results.length;
  results.sort((a, b) => b.score - a.score);
  return { results: results.slice(0, limit), seen: seen.size, dropped };
}

function sizeOfRound(limit: number, round: number): number {
  const first = Math.ceil(limit * OVERFETCH);
  return Math.min(first * 2 ** round, Math.max(first, LARGEST_ROUND));
}
