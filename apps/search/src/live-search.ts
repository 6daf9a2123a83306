import {
  AHEAD_COUNTS_MS,
  assertWhole,
  type Conditions,
  type Database,
  faultPoint,
  floatsOf,
  freshVectors,
  judgedVectors,
  type LiveVector,
  liveVectors,
  readLiveValues,
  SEARCH_MAY_TAKE_MS,
  type SparseVector,
  type Sql,
  sparseOf,
  type TenantScope,
  type VisibleVector,
  visibleVectors,
  wholeBy,
  withSpan,
} from '@cairn/common';
import { firstRoundOf, type Hit, type QdrantGateway, scoreOf, searchVisible } from '@cairn/retrieval';
import { LateError } from './collections/ask-spaces.js';
import type { Ranked } from './collections/fuse.js';
import { bestFirst } from './collections/join-spaces.js';
import type { SearchMetrics } from './search-metrics.js';
import { type Timings, timed } from './timed.js';

/** So long a space that was slow is asked the usual way. */
const SLOW_FOR_MS = 10_000;

/** What has to be known of a hit to ask Postgres whether it counts. */
const FACTS = ['point_id', 'token'] as const;

interface Candidate extends Pick<Hit, 'id' | 'score'> {
  payload: Pick<Hit['payload'], (typeof FACTS)[number]>;
}

export interface Scored extends VisibleVector {
  score: number;
}

/** What the snapshot says of a space before anything is looked for in it: how often Qdrant had lost it, and what searches look after themselves. */
export interface SpaceState {
  losses: Promise<string>;
  fresh: Promise<LiveVector[]>;
}

/** What Qdrant was asked before there was a snapshot that judges what it says. */
interface AskedAhead {
  /** So many were asked for. */
  most: number;
  hits: Promise<Candidate[]>;
  /** How often the space had been lost by then, and when that was, by the clock of `performance`. */
  losses: string;
  askedAt: number;
}

/** And what the snapshot said. */
interface JudgedAhead extends AskedAhead {
  live: Promise<VisibleVector[]>;
}

export interface LiveQuestion {
  space: string;
  /** A sparse one is compared with the words of the texts. */
  vector: Float32Array | SparseVector;
  conditions: Conditions;
  limit: number;
  /** Which of the live vectors are wanted besides; all when absent. */
  wanted?: ((sql: Sql, vectors: Scored[]) => Promise<Scored[]>) | undefined;
  /** What a vector is a part of: of each such thing only the best counts. Where absent, each vector counts. */
  thingOf?: (vector: Scored) => string;
  /** For questions that are asked in the same space with the same conditions. */
  state?: SpaceState;
  /** The same question, asked before the snapshot began. */
  ahead?: JudgedAhead | undefined;
  timings: Timings;
  /** By the clock of `performance`. */
  mustEndBy: number;
  /** Aborted when nobody waits any more. */
  signal?: AbortSignal;
  /** Compares with every vector, however long that takes. */
  isExact?: boolean;
}

/** By the vectors that were looked for. */
export type Aheads<Ahead = AskedAhead> = ReadonlyMap<LiveQuestion['vector'], Ahead>;

interface Judgement {
  state: SpaceState;
  aheads: Aheads<JudgedAhead>;
}

type InSpace = Pick<LiveQuestion, 'space' | 'conditions'>;

export interface ChunkQuestion extends Omit<LiveQuestion, 'thingOf'> {
  indexIds: readonly string[];
}

export interface Found<T> {
  results: T[];
  /** How often Qdrant had lost the space; undefined where it was asked before the snapshot only, which knows of every loss since. */
  losses: string | undefined;
  refills: number;
}

/** Truth last: Qdrant finds candidates, Postgres says which of them are live. */
export class LiveSearch {
  /** How often each space was lost, as far as a search saw. */
  private readonly losses = new Map<string, string>();
  /** Spaces in which what was asked ahead came too late, and until when nothing is, by the clock of `performance`: it would be asked twice. */
  private readonly slow = new Map<string, number>();

  constructor(
    private readonly gateway: QdrantGateway,
    private readonly metrics: SearchMetrics,
  ) {}

  /** The best live vectors of the space. One snapshot for all rounds: what becomes visible together is seen together, or not at all. */
  async search(database: Database, scope: TenantScope, question: LiveQuestion): Promise<Scored[]> {
    const { space, vector } = question;
    const { results, losses } = await database.tenantSnapshot(scope, async (sql) => {
      const ahead = await this.ahead(scope, [vector], question);
      if (ahead === undefined) return this.find(sql, scope, question);
      const { state, aheads } = this.judged(sql, scope, question, ahead);
      return this.find(sql, scope, { ...question, state, ahead: aheads.get(vector) });
    });
    if (losses !== undefined) await assertWhole(database, space, losses); // what was lost since then the snapshot does not know
    return results;
  }

  /** Asked at once, so that it is known when candidates come. */
  stateOf(sql: Sql, scope: TenantScope, { space, conditions }: InSpace): SpaceState {
    const losses = assertWhole(sql, space);
    const fresh = freshVectors(sql, scope, { space, conditions });
    for (const asked of [losses, fresh]) asked.catch(() => undefined); // told to each question that waits for it
    return { losses, fresh };
  }

  /**
   * Asks Qdrant before there is a snapshot: one that begins then sees all that became live since, and what stopped being so. Postgres is asked once, for all
   * there is to know, and not again afterwards. Undefined for a space that no search has seen yet. What went wrong is told to whoever asks for the hits.
   */
  async ahead(scope: TenantScope, vectors: readonly LiveQuestion['vector'][], question: Omit<LiveQuestion, 'vector'>): Promise<Aheads | undefined> {
    const losses = this.losses.get(question.space);
    const [askedAt, most] = [performance.now(), firstRoundOf(question.limit)];
    if (losses === undefined || askedAt < (this.slow.get(question.space) ?? 0)) return undefined;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new LateError()), Math.min(question.mustEndBy - askedAt, SEARCH_MAY_TAKE_MS));
    const signal = question.signal === undefined ? late.signal : AbortSignal.any([question.signal, late.signal]);
    const ask = async (vector: LiveQuestion['vector']): Promise<Hit[]> => {
      try {
        return await this.candidates(scope, { ...question, vector, signal }, most, []);
      } catch (error) {
        late.signal.throwIfAborted();
        throw error;
      }
    };
    const asked = vectors.map((vector) => ({ most, losses, askedAt, hits: ask(vector) }));
    await Promise.allSettled(asked.map(({ hits }) => hits));
    clearTimeout(timer);
    faultPoint('S1');
    return new Map(asked.map((ahead, at) => [vectors[at] as LiveQuestion['vector'], ahead]));
  }

  /** How the space is by the snapshot, and all that was asked of it ahead, judged: as one statement. */
  judged(sql: Sql, scope: TenantScope, { space, conditions }: InSpace, asked: Aheads): Judgement {
    const judged = Promise.all([...asked.values()].map(({ hits }) => hits)).then((hits) => judgedVectors(sql, scope, space, tokensOf(hits.flat())));
    const losses = judged.then(wholeBy);
    const fresh = judged.then(({ hasFresh }) => (hasFresh ? freshVectors(sql, scope, { space, conditions }) : []));
    const live = judged.then(({ visible }) => visible);
    for (const known of [losses, fresh, live]) known.catch(() => undefined); // told to each that waits for it
    return { state: { losses, fresh }, aheads: new Map([...asked].map(([vector, ahead]) => [vector, { ...ahead, live }])) };
  }

  /** The best live vectors of the space. Where it says how often Qdrant had lost it, whoever asked asks again after his snapshot. */
  async find(sql: Sql, scope: TenantScope, question: LiveQuestion): Promise<Found<Scored>> {
    const state = question.state ?? this.stateOf(sql, scope, question);
    const { ahead } = question;
    if (ahead === undefined) return this.findOnce(sql, scope, { ...question, state });
    const losses = await state.losses;
    const isLate = performance.now() - ahead.askedAt > AHEAD_COUNTS_MS;
    if (isLate) this.slow.set(question.space, performance.now() + SLOW_FOR_MS);
    // Where it was asked before something that is known no more, it counts for nothing: before a loss, or before what is fresh no longer.
    const counts = losses === ahead.losses && !isLate;
    return this.findOnce(sql, scope, { ...question, state, ahead: counts ? ahead : undefined });
  }

  private async findOnce(sql: Sql, scope: TenantScope, question: LiveQuestion & { state: SpaceState }): Promise<Found<Scored>> {
    const { space, vector, conditions, limit, state, wanted, thingOf, timings, mustEndBy } = question;
    const { ahead } = question;
    let known = ahead;
    let isAsked = false;
    const [found, losses] = await Promise.all([
      searchVisible<Candidate, Scored, LiveVector>({
        candidates: (most, excludeIds) => {
          const first = known?.most === most ? known : undefined;
          known = undefined; // of the first round only
          if (first !== undefined) return first.hits;
          isAsked = true;
          return this.candidates(scope, question, most, excludeIds);
        },
        visible: (hits) =>
          timed(timings, 'visible', async () => {
            await state.losses;
            const live = isAsked || ahead === undefined ? visibleVectors(sql, scope, tokensOf(hits)) : ahead.live;
            const visible = scored(hits, await live);
            return wanted === undefined ? visible : wanted(sql, visible);
          }),
        live: (atMost) => timed(timings, 'visible', () => state.losses.then(() => liveVectors(sql, scope, { space, conditions }, atMost))),
        fresh: () => state.fresh,
        compared: (points) => {
          isAsked = true;
          return timed(timings, 'compared', () => this.compare(sql, scope, { space, vector, points }));
        },
        thingOf,
        limit,
        mustEndBy,
      }),
      state.losses,
      state.fresh,
    ]);
    this.metrics.searched(found.seen, found.dropped);
    this.losses.set(space, losses);
    return { results: found.results, losses: isAsked ? losses : undefined, refills: found.refills };
  }

  /** The best chunks of the space, of these indexes: a long one has several points, of which the best counts. */
  async findChunks(
    sql: Sql,
    scope: TenantScope,
    { indexIds, wanted, ...question }: ChunkQuestion,
  ): Promise<{ ranked: Ranked[]; isWhole: boolean; losses: string | undefined; refills: number }> {
    // What Qdrant took for a point of these indexes, and Postgres does not, is left out.
    const known = new Set<string | null>(indexIds);
    const ours = (vectors: Scored[]): Scored[] => vectors.filter(({ chunkId, indexId }) => chunkId !== null && indexId !== null && known.has(indexId));
    const { results, losses, refills } = await this.find(sql, scope, {
      ...question,
      wanted: async (tx, vectors) => (wanted === undefined ? ours(vectors) : wanted(tx, ours(vectors))),
      thingOf: ({ chunkId }) => chunkId as string,
    });
    const ranked = results.map(
      ({ chunkId, indexId, assetId, pointId, token, score }): Ranked => ({
        chunkId: chunkId as string,
        indexId: indexId as string,
        documentId: assetId,
        pointId,
        token,
        score,
      }),
    );
    return { ranked: ranked.sort(bestFirst), isWhole: results.length < question.limit, losses, refills };
  }

  private candidates(scope: TenantScope, question: LiveQuestion, limit: number, excludeIds: readonly string[]): Promise<Hit[]> {
    const { space, vector, conditions, signal, isExact = false, timings } = question;
    const request = { vector, conditions, facts: FACTS, signal, limit, excludeIds, ...(isExact ? { params: { exact: true } } : {}) };
    return timed(timings, 'candidates', () => withSpan('search candidates', { limit }, () => this.gateway.search(scope, space, request)));
  }

  /** By Qdrant where it finds the point, and by what Postgres has where it does not. */
  private async compare(
    sql: Sql,
    scope: TenantScope,
    { space, vector, points }: Pick<LiveQuestion, 'space' | 'vector'> & { points: LiveVector[] },
  ): Promise<Candidate[]> {
    const { scores, hidden } = await this.gateway.compare(scope, space, { vector, ids: points.map(({ id }) => id) });
    const isHidden = new Set(hidden);
    const missing = points.filter(({ id }) => isHidden.has(id));
    const isDense = vector instanceof Float32Array;
    for (const { id, bytes } of missing.length === 0 ? [] : await readLiveValues(sql, scope, isDense ? 'vector' : 'terms', missing)) {
      const score = scoreOf(vector, isDense ? floatsOf(bytes) : sparseOf(bytes));
      if (score === undefined) continue;
      scores.set(id, score);
      this.metrics.hidden();
    }
    return points.flatMap(({ id, pointId, token }) => (scores.has(id) ? [{ id, score: scores.get(id) as number, payload: { point_id: pointId, token } }] : []));
  }
}

function tokensOf(hits: readonly Candidate[]): { pointId: string; token: string }[] {
  const tokens = hits.map(({ payload: { point_id: pointId, token } }) => [`${pointId} ${token}`, { pointId, token }] as const);
  return [...new Map(tokens).values()];
}

/** Those of the hits that are live. */
function scored(hits: readonly Candidate[], live: readonly VisibleVector[]): Scored[] {
  const scores = new Map(hits.map(({ payload, score }) => [`${payload.point_id} ${payload.token}`, score]));
  return live.flatMap((vector) => {
    const score = scores.get(`${vector.pointId} ${vector.token}`);
    return score === undefined ? [] : [{ ...vector, score }];
  });
}
