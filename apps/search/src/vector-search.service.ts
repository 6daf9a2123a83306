import {
  assertWhole,
  CairnError,
  type Database,
  type ModelDirectory,
  payloadOf,
  SEARCH_MAY_TAKE_MS,
  type SearchMode,
  type Sql,
  type TenantScope,
  type VectorSearchAnswer,
  type VectorSearchDto,
  type VisibleVector,
  visibleVectors,
  withSpan,
} from '@cairn/common';
import { type ModelName, resolveSpaceModel, resolveTextModel, spaceOf } from '@cairn/models/catalogue';
import { assertConditions, type Conditions, type Hit, type QdrantGateway, searchVisible } from '@cairn/retrieval';
import type { QueryWords } from './query-words.js';
import type { SearchMetrics } from './search-metrics.js';
import type { TextEmbedder } from './text-embedder.js';

const DEFAULT_LIMIT = 10;
const MODES: Record<SearchMode, 'dense' | 'sparse'> = { dense: 'dense', semantic: 'dense', sparse: 'sparse', keyword: 'sparse' };

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
      const whole = assertWhole(sql, space); // asked while Qdrant searches
      const [found, losses] = await Promise.all([
        searchVisible<Hit, Scored>({
          candidates: (limit, excludeIds) => timed(timings, 'candidates', () => this.candidates(scope, model, { vector, limit, conditions, excludeIds })),
          visible: (hits) => timed(timings, 'visible', () => whole.then(() => visibleAmong(sql, scope, hits))),
          limit: dto.limit ?? DEFAULT_LIMIT,
          mustEndBy,
        }),
        whole,
      ]);
      return { found, losses };
    });
    await assertWhole(this.database, space, losses); // what was lost since then the snapshot does not know
    this.metrics.searched(found.seen, found.dropped);
    const results = found.results.map((hit) => ({ point_id: hit.pointId, score: hit.score, payload: payloadOf({ ...hit, orgId: scope.orgId }) }));
    return { results, search_mode: mode, query_model: model.id, query_model_ver: model.version, total: results.length, timings_ms: timings };
  }

  private candidates(scope: TenantScope, model: ModelName, request: Parameters<QdrantGateway['search']>[2]): Promise<Hit[]> {
    return withSpan('search candidates', { limit: request.limit }, () => this.gateway.search(scope, spaceOf(model), request));
  }
}

async function visibleAmong(sql: Sql, scope: TenantScope, hits: Hit[]): Promise<Scored[]> {
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
