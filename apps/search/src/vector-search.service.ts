import {
  CairnError,
  type Conditions,
  type Database,
  type ModelDirectory,
  payloadOf,
  SEARCH_MAY_TAKE_MS,
  type SearchMode,
  type TenantScope,
  type VectorSearchAnswer,
  type VectorSearchDto,
} from '@cairn/common';
import { resolveSpaceModel, resolveTextModel, spaceOf } from '@cairn/models/catalogue';
import { assertConditions } from '@cairn/retrieval';
import type { KnownSpaces } from './known-spaces.js';
import type { LiveSearch } from './live-search.js';
import type { QueryWords } from './query-words.js';
import type { TextEmbedder } from './text-embedder.js';
import { type Timings, timed } from './timed.js';
import type { Turns } from './turns.js';

const DEFAULT_LIMIT = 10;
const MODES: Record<SearchMode, 'dense' | 'sparse'> = { dense: 'dense', semantic: 'dense', sparse: 'sparse', keyword: 'sparse' };

/** Searches of single vectors, by meaning or by words. */
export class VectorSearchService {
  constructor(
    private readonly database: Database,
    private readonly live: LiveSearch,
    private readonly embedder: TextEmbedder,
    private readonly words: QueryWords,
    private readonly models: ModelDirectory,
    private readonly spaces: KnownSpaces,
    private readonly turns: Turns,
  ) {}

  async search(scope: TenantScope, dto: VectorSearchDto, signal: AbortSignal): Promise<VectorSearchAnswer> {
    const [text, conditions] = [queryOf(dto), conditionsOf(dto)];
    return this.turns.take(scope.orgId, signal, () => this.found(scope, dto, { text, conditions }));
  }

  private async found(scope: TenantScope, dto: VectorSearchDto, { text, conditions }: { text: string; conditions: Conditions }): Promise<VectorSearchAnswer> {
    const mode = MODES[dto.search_mode ?? 'dense'];
    const resolve = mode === 'dense' ? resolveTextModel : resolveSpaceModel;
    const model = await resolve(dto.model, () => this.models.list());
    const timings: Timings = {};
    const space = spaceOf(model);
    const answer = { search_mode: mode, query_model: model.id, query_model_ver: model.version, timings_ms: timings };
    if (!(await this.spaces.has(space))) return { ...answer, results: [], total: 0 };
    const vector =
      mode === 'dense'
        ? (await timed(timings, 'embed', () => this.embedder.query(scope.orgId, model, text))).vector
        : await timed(timings, 'words', () => this.words.query(scope, space, text));
    const mustEndBy = performance.now() + SEARCH_MAY_TAKE_MS;
    const limit = dto.limit ?? DEFAULT_LIMIT;
    const found = await this.live.search(this.database, scope, { space, vector, conditions, limit, timings, mustEndBy });
    const results = found.map((hit) => ({ point_id: hit.pointId, score: hit.score, payload: payloadOf({ ...hit, orgId: scope.orgId }) }));
    return { ...answer, results, total: results.length };
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
  const conditions = (filter ?? {}) as Conditions;
  assertConditions(conditions);
  return both(conditions, { asset_id, segment_id });
}

/** What the filter and the fields beside it say of the same has to hold together: none of them widens the other. */
function both(filter: Conditions, beside: { asset_id?: string | undefined; segment_id?: string | undefined }): Conditions {
  const narrowed = (['asset_id', 'segment_id'] as const).flatMap((field) => {
    const value = beside[field];
    return value === undefined ? [] : [[field, isAllowed(filter[field], value) ? value : []]];
  });
  return { ...filter, ...Object.fromEntries(narrowed) };
}

function isAllowed(values: Conditions['asset_id'], value: string): boolean {
  return values === undefined || [values].flat().includes(value);
}
