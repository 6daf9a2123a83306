import { DependencyError } from '@cairn/common/contracts';

interface Candidate {
  id: string;
}

interface Scored {
  score: number;
}

export interface VisibleSearch<Hit extends Candidate, Visible extends Scored> {
  /** The best `limit` candidates of the vector store, without the excluded ids. */
  candidates: (limit: number, excludeIds: readonly string[]) => Promise<Hit[]>;
  /** Those of the hits that are live, one for each asset and segment, judged by Postgres over all it holds and not only over these hits. */
  visible: (hits: Hit[]) => Promise<Visible[]>;
  limit: number;
  maxRounds?: number;
  /** By the clock of `performance`: candidates that come later prove nothing, for what `visible` judges by may be collected by then. */
  mustEndBy?: number;
}

export interface VisibleSearchResult<Visible> {
  results: Visible[];
  /** Candidates looked at, and how many of them were not live. A high share means that garbage collection is behind. */
  seen: number;
  dropped: number;
  rounds: number;
  /** False when live results may be left that the rounds did not reach. */
  complete: boolean;
}

const OVERFETCH = 1.5;
const LARGEST_ROUND = 2_000;

/**
 * Search whose hits are only candidates: asks for more than needed, drops what is not live, and goes on without what it has seen until it has
 * enough, the source has no more, or the rounds are used up. Each round asks for twice as many, so that a pile of dead points is soon behind.
 * To keep one version of a document from mixing with the next across rounds, `visible` has to use one database snapshot.
 */
export async function searchVisible<Hit extends Candidate, Visible extends Scored>(search: VisibleSearch<Hit, Visible>): Promise<VisibleSearchResult<Visible>> {
  const { limit, maxRounds = 5, mustEndBy = Number.POSITIVE_INFINITY } = search;
  const results: Visible[] = [];
  const seen = new Set<string>();
  let rounds = 0;
  let exhausted = false;
  while (results.length < limit && rounds < maxRounds && !exhausted) {
    const asked = sizeOfRound(limit, rounds);
    const hits = await search.candidates(asked, [...seen]);
    if (performance.now() > mustEndBy) throw new DependencyError('qdrant', 'The search took too long, and what it looked for may have changed. Search again.');
    const fresh = hits.filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) seen.add(id);
    if (fresh.length > 0) results.push(...(await search.visible(fresh)));
    exhausted = hits.length < asked || fresh.length === 0;
    rounds += 1;
  }
  const dropped = seen.size - results.length;
  results.sort((a, b) => b.score - a.score);
  return { results: results.slice(0, limit), seen: seen.size, dropped, rounds, complete: exhausted || results.length >= limit };
}

function sizeOfRound(limit: number, round: number): number {
  const first = Math.ceil(limit * OVERFETCH);
  return Math.min(first * 2 ** round, Math.max(first, LARGEST_ROUND));
}
