import {
  assertWhole,
  type Conditions,
  floatsOf,
  freshVectors,
  type LiveVector,
  liveVectors,
  readLiveValues,
  type SparseVector,
  type Sql,
  sparseOf,
  type TenantScope,
  type VisibleVector,
  visibleVectors,
  withSpan,
} from '@cairn/common';
import { type Hit, type QdrantGateway, scoreOf, searchVisible } from '@cairn/retrieval';
import type { Ranked } from './collections/fuse.js';
import { bestFirst } from './collections/join-spaces.js';
import type { SearchMetrics } from './search-metrics.js';
import { type Timings, timed } from './timed.js';

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
  timings: Timings;
  /** By the clock of `performance`. */
  mustEndBy: number;
  /** Aborted when nobody waits any more. */
  signal?: AbortSignal;
  /** Compares with every vector, however long that takes. */
  isExact?: boolean;
}

export interface ChunkQuestion extends Omit<LiveQuestion, 'thingOf'> {
  indexIds: readonly string[];
}

/** Truth last: Qdrant finds candidates, Postgres says which of them are live. */
export class LiveSearch {
  constructor(
    private readonly gateway: QdrantGateway,
    private readonly metrics: SearchMetrics,
  ) {}

  /** Asked at once, so that it is known when candidates come. */
  stateOf(sql: Sql, scope: TenantScope, { space, conditions }: Pick<LiveQuestion, 'space' | 'conditions'>): SpaceState {
    const losses = assertWhole(sql, space);
    // Nothing is asked after a refusal: the connection may be another caller's by then.
    const fresh = losses.then(() => freshVectors(sql, scope, { space, conditions }));
    for (const asked of [losses, fresh]) asked.catch(() => undefined); // told to each question that waits for it
    return { losses, fresh };
  }

  /** The best live vectors of the space, and how often Qdrant had lost it; whoever asked asks again after his snapshot. */
  async find(sql: Sql, scope: TenantScope, question: LiveQuestion): Promise<{ results: Scored[]; losses: string; refills: number }> {
    const { space, vector, conditions, limit, wanted, thingOf, timings, mustEndBy, signal, isExact = false } = question;
    const asked = { vector, conditions, facts: FACTS, signal, ...(isExact ? { params: { exact: true } } : {}) };
    const { losses: whole, fresh } = question.state ?? this.stateOf(sql, scope, question);
    const [found, losses] = await Promise.all([
      searchVisible<Candidate, Scored, LiveVector>({
        candidates: (most, excludeIds) => timed(timings, 'candidates', () => this.candidates(scope, space, { ...asked, limit: most, excludeIds })),
        visible: (hits) =>
          timed(timings, 'visible', () =>
            whole.then(async () => {
              const visible = await visibleAmong(sql, scope, hits);
              return wanted === undefined ? visible : wanted(sql, visible);
            }),
          ),
        live: (atMost) => timed(timings, 'visible', () => whole.then(() => liveVectors(sql, scope, { space, conditions }, atMost))),
        fresh: () => fresh,
        compared: (points) => timed(timings, 'compared', () => this.compare(sql, scope, { space, vector, points })),
        thingOf,
        limit,
        mustEndBy,
      }),
      whole,
      fresh,
    ]);
    this.metrics.searched(found.seen, found.dropped);
    return { results: found.results, losses, refills: found.refills };
  }

  /** The best chunks of the space, of these indexes: a long one has several points, of which the best counts. */
  async findChunks(
    sql: Sql,
    scope: TenantScope,
    { indexIds, wanted, ...question }: ChunkQuestion,
  ): Promise<{ ranked: Ranked[]; isWhole: boolean; losses: string; refills: number }> {
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

  private candidates(scope: TenantScope, space: string, request: Parameters<QdrantGateway['search']>[2]): Promise<Hit[]> {
    return withSpan('search candidates', { limit: request.limit }, () => this.gateway.search(scope, space, request));
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

async function visibleAmong(sql: Sql, scope: TenantScope, hits: Candidate[]): Promise<Scored[]> {
  const tokens = hits.map(({ payload }) => ({ pointId: payload.point_id, token: payload.token }));
  const scores = new Map(hits.map(({ payload, score }) => [`${payload.point_id} ${payload.token}`, score]));
  const live = await visibleVectors(sql, scope, tokens);
  return live.map((vector) => ({ ...vector, score: scores.get(`${vector.pointId} ${vector.token}`) as number }));
}
