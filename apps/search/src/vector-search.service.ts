import {
  assertWhole,
  CairnError,
  type Conditions,
  type Database,
  floatsOf,
  freshVectors,
  type LiveVector,
  liveVectors,
  type ModelDirectory,
  payloadOf,
  readLiveValues,
  SEARCH_MAY_TAKE_MS,
  type SearchMode,
  type Sql,
  sparseOf,
  type TenantScope,
  type VectorSearchAnswer,
  type VectorSearchDto,
  type VisibleVector,
  visibleVectors,
  withSpan,
} from '@cairn/common';
import { resolveSpaceModel, resolveTextModel, spaceOf } from '@cairn/models/catalogue';
import { assertConditions, type Hit, type QdrantGateway, scoreOf, searchVisible } from '@cairn/retrieval';
import type { QueryWords } from './query-words.js';
import type { SearchMetrics } from './search-metrics.js';
import type { TextEmbedder } from './text-embedder.js';

const DEFAULT_LIMIT = 10;
const MODES: Record<SearchMode, 'dense' | 'sparse'> = { dense: 'dense', semantic: 'dense', sparse: 'sparse', keyword: 'sparse' };

type Question = Parameters<QdrantGateway['search']>[2]['vector'];

/** What has to be known of a hit to ask Postgres whether it counts. */
interface Candidate extends Pick<Hit, 'id' | 'score'> {
  payload: Pick<Hit['payload'], 'point_id' | 'token'>;
}

interface Scored extends VisibleVector {
  score: number;
}

/** Meaning or words first, truth last: Qdrant finds candidates, Postgres says which of them are live. */
export class VectorSearchService {
  constructor(
    private readonly database: Database,
    private readonly gateway: QdrantGateway,
    private readonly embedder: TextEmbedder,
    private readonly words: QueryWords,
    private readonly models: ModelDirectory,
    private readonly metrics: SearchMetrics,
  ) {}

  async search(scope: TenantScope, dto: VectorSearchDto): Promise<VectorSearchAnswer> {
    const text = queryOf(dto);
    const conditions = conditionsOf(dto);
    const mode = MODES[dto.search_mode ?? 'dense'];
    const resolve = mode === 'dense' ? resolveTextModel : resolveSpaceModel;
    const model = await resolve(dto.model, () => this.models.list());
    const timings: Record<string, number> = {};
    const space = spaceOf(model);
    const vector =
      mode === 'dense'
        ? await timed(timings, 'embed', () => this.embedder.query(scope.orgId, model, text))
        : await timed(timings, 'words', () => this.words.query(scope, space, text));
    const mustEndBy = performance.now() + SEARCH_MAY_TAKE_MS;
    // One snapshot for all rounds: what becomes visible together is seen together, or not at all.
    const { found, losses } = await this.database.tenantSnapshot(scope, async (sql) => {
      // Asked while Qdrant searches.
      const whole = assertWhole(sql, space);
      const fresh = freshVectors(sql, scope, { space, conditions });
      const [found, losses] = await Promise.all([
        searchVisible<Candidate, Scored, LiveVector>({
          candidates: (limit, excludeIds) => timed(timings, 'candidates', () => this.candidates(scope, space, { vector, limit, conditions, excludeIds })),
          visible: (hits) => timed(timings, 'visible', () => whole.then(() => visibleAmong(sql, scope, hits))),
          live: (atMost) => timed(timings, 'visible', () => liveVectors(sql, scope, { space, conditions }, atMost)),
          fresh: () => fresh,
          compared: (points) => timed(timings, 'compared', () => this.compare(sql, scope, { space, vector, points })),
          limit: dto.limit ?? DEFAULT_LIMIT,
          mustEndBy,
        }),
        whole,
        fresh,
      ]);
      return { found, losses };
    });
    await assertWhole(this.database, space, losses); // what was lost since then the snapshot does not know
    this.metrics.searched(found.seen, found.dropped);
    const results = found.results.map((hit) => ({ point_id: hit.pointId, score: hit.score, payload: payloadOf({ ...hit, orgId: scope.orgId }) }));
    return { results, search_mode: mode, query_model: model.id, query_model_ver: model.version, total: results.length, timings_ms: timings };
  }

  private candidates(scope: TenantScope, space: string, request: Parameters<QdrantGateway['search']>[2]): Promise<Hit[]> {
    return withSpan('search candidates', { limit: request.limit }, () => this.gateway.search(scope, space, request));
  }

  /** By Qdrant where it finds the point, and by what Postgres has where it does not. */
  private async compare(
    sql: Sql,
    scope: TenantScope,
    { space, vector, points }: { space: string; vector: Question; points: LiveVector[] },
  ): Promise<Candidate[]> {
    const scores = await this.gateway.scoresOf(scope, space, { vector, ids: points.map(({ id }) => id) });
    const missing = points.filter(({ id }) => !scores.has(id));
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

async function timed<T>(timings: Record<string, number>, stage: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  try {
    return await work();
  } finally {
    timings[stage] = Math.round(((timings[stage] ?? 0) + performance.now() - startedAt) * 100) / 100;
  }
}

function queryOf(dto: VectorSearchDto): string {
  const text = dto.query ?? dto.query_text;
  if (text === undefined)
    throw new CairnError('invalid_input', 'query is missing: say what to look for.', { errors: [{ path: 'query', message: 'is missing' }] });
  return text;
}

// A field that is not known is refused, because ignoring it would show too much; and before the question costs an embedding.
function conditionsOf({ filter, asset_id, segment_id }: VectorSearchDto): Conditions {
  const conditions = { ...filter, ...(asset_id === undefined ? {} : { asset_id }), ...(segment_id === undefined ? {} : { segment_id }) } as Conditions;
  assertConditions(conditions);
  return conditions;
}
