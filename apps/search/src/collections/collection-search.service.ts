import {
  type Access,
  assertWhole,
  CairnError,
  type CollectionSearchDto,
  type CollectionSearchMode,
  chunksOfPoints,
  type Database,
  type Filter,
  type FoundChunk,
  foundChunks,
  isRegistered,
  type ModelDirectory,
  matchingAmong,
  matchingDocuments,
  modelSpaceOf,
  parseFilter,
  SEARCH_MAY_TAKE_MS,
  type ServingIndex,
  type SparseVector,
  type Sql,
  servingIndexes,
} from '@cairn/common';
import { resolveTextModel, spaceOf } from '@cairn/models/catalogue';
import type { LiveQuestion, LiveSearch } from '../live-search.js';
import type { QueryWords } from '../query-words.js';
import type { TextEmbedder } from '../text-embedder.js';
import { type Timings, timed } from '../timed.js';
import { joinRankings, type Ranking } from './join-rankings.js';

const DEFAULT_K = 10;
const DEFAULT_RRF_K = 60;
/** Rankings that are joined are longer than what is asked for: what is far down in both may be first together. */
const LEAST_DEPTH = 50;
/** Qdrant answers no more at once. */
const MOST_POINTS = 6_000;
/** More documents than these are not told to Qdrant by name. */
const NAMED_AT_MOST = 5_000;
const MODES = { dense: 'dense', semantic: 'dense', sparse: 'sparse', keyword: 'sparse', hybrid: 'hybrid' } as const satisfies Record<
  CollectionSearchMode,
  string
>;

type Lane = 'dense' | 'sparse';

/** What is asked of one space: all indexes in it are searched together. */
interface SpaceQuestion {
  space: string;
  indexes: ServingIndex[];
  lanes: { lane: Lane; vector: Float32Array | SparseVector }[];
}

interface LaneRanking extends Ranking {
  scores: ReadonlyMap<string, number>;
}

interface Found {
  hits: object[];
  searched: ServingIndex[];
  /** How often each space had been lost. */
  losses: ReadonlyMap<string, string>;
}

/** What a filter leaves of a search: only these documents, or what passes a look at each. */
type Narrowed = Partial<Pick<LiveQuestion, 'conditions' | 'wanted'>>;

interface Context {
  access: Access;
  dto: CollectionSearchDto;
  filter: Filter | undefined;
  timings: Timings;
  mustEndBy: number;
}

/** Searches over the documents of collections. */
export class CollectionSearchService {
  constructor(
    private readonly database: Database,
    private readonly live: LiveSearch,
    private readonly embedder: TextEmbedder,
    private readonly words: QueryWords,
    private readonly models: ModelDirectory,
  ) {}

  async search(access: Access, dto: CollectionSearchDto): Promise<object> {
    const startedAt = performance.now();
    const filter = filterOf(dto);
    const mode = MODES[dto.search_mode ?? 'hybrid'];
    const context: Context = { access, dto, filter, timings: {}, mustEndBy: performance.now() + SEARCH_MAY_TAKE_MS };
    const { hits, searched, losses } = await this.findIn(context, mode);
    for (const [space, lost] of losses) await assertWhole(this.database, space, lost); // what was lost since then the snapshot does not know
    const took = Math.round((performance.now() - startedAt) * 100) / 100;
    return {
      query: dto.query,
      results: hits,
      total_results: hits.length,
      collections_searched: searched.map(({ collectionId, collectionName, model }) => ({ id: collectionId, name: collectionName, embedding_model: model })),
      search_mode_used: mode,
      warnings: [],
      reranking_used: false,
      partial_failure: false,
      failed_collections: [],
      search_time_ms: took,
      total_time_ms: took,
      timings_ms: context.timings,
    };
  }

  // What serves is asked twice: to know what to embed the question with, and in the snapshot for what serves then. Where an index of another space took over
  // in between, the question is embedded anew: the old index is not to be asked any more, and the new one cannot be yet.
  private async findIn(context: Context, mode: Lane | 'hybrid'): Promise<Found> {
    const { access, dto, mustEndBy } = context;
    while (performance.now() < mustEndBy) {
      const before = await this.database.tenant(access.scope, (sql) => servingIndexes(sql, access, dto.collection_uuids ?? dto.collection_ids));
      const vectors = await this.questionsOf(context, before, mode);
      const found = await this.database.tenantSnapshot(access.scope, (sql) => this.find(sql, context, vectors));
      if (found !== undefined) return found;
    }
    throw new CairnError('unavailable', 'The collections are being changed all the time. Try again in a moment.', { retryAfterSeconds: 2 });
  }

  /** The question as each space compares it. */
  private async questionsOf({ access, dto, timings }: Context, indexes: ServingIndex[], mode: Lane | 'hybrid'): Promise<Map<string, SpaceQuestion['lanes']>> {
    const spaces = [...new Set(indexes.map(({ space }) => space))];
    const asked = await Promise.all(
      spaces.map(async (space): Promise<[string, SpaceQuestion['lanes']]> => {
        if (!(await isRegistered(this.database, space))) return [space, []]; // nothing was ever written there
        const { model } = indexes.find((index) => index.space === space) as ServingIndex;
        const lanes = (mode === 'hybrid' ? ['dense', 'sparse'] : [mode]) as Lane[];
        return [
          space,
          await Promise.all(lanes.map(async (lane) => ({ lane, vector: await this.vectorOf(access, { lane, space, model }, dto.query, timings) }))),
        ] as const;
      }),
    );
    return new Map(asked);
  }

  private async vectorOf({ scope }: Access, { lane, space, model: id }: { lane: Lane; space: string; model: string }, text: string, timings: Timings) {
    if (lane === 'sparse') return timed(timings, 'words', () => this.words.query(scope, space, text));
    const model = await resolveTextModel(id, () => this.models.list());
    if (spaceOf(model) !== modelSpaceOf(space)) throw otherVersion(id);
    return timed(timings, 'embed', () => this.embedder.query(scope.orgId, model, text));
  }

  /** Undefined when a space serves that the question was not embedded for. */
  private async find(sql: Sql, context: Context, vectors: ReadonlyMap<string, SpaceQuestion['lanes']>): Promise<Found | undefined> {
    const { access, dto } = context;
    const indexes = await servingIndexes(sql, access, dto.collection_uuids ?? dto.collection_ids);
    if (indexes.some(({ space }) => !vectors.has(space))) return undefined;
    const losses = new Map<string, string>();
    const narrowed = await this.narrow(sql, context, indexes);
    if (narrowed === undefined) return { hits: [], searched: indexes, losses };
    const rankings: LaneRanking[] = [];
    for (const space of new Set(indexes.map((index) => index.space))) {
      const lanes = vectors.get(space) as SpaceQuestion['lanes'];
      const ofSpace = indexes.filter((index) => index.space === space);
      for (const lane of lanes) {
        const { ranking, lost } = await this.rank(sql, context, { space, indexes: ofSpace, lanes: [lane] }, narrowed);
        rankings.push(ranking);
        losses.set(space, lost);
      }
    }
    return { hits: await this.hitsOf(sql, context, rankings, indexes), searched: indexes, losses };
  }

  // Few documents are asked for by name; of many, Qdrant finds the nearest, and those that the filter takes count. Undefined when it takes none.
  private async narrow(sql: Sql, { access, filter, timings }: Context, indexes: ServingIndex[]): Promise<Narrowed | undefined> {
    if (filter === undefined) return {};
    const collectionIds = indexes.map(({ collectionId }) => collectionId);
    const ids = await timed(timings, 'filter', () => matchingDocuments(sql, access.scope, { collectionIds, filter, atMost: NAMED_AT_MOST }));
    if (ids !== undefined) return ids.length === 0 ? undefined : { conditions: { asset_id: ids } };
    return {
      wanted: async (tx, vectors) => {
        const taken = await matchingAmong(tx, access.scope, [...new Set(vectors.map(({ assetId }) => assetId))], filter);
        return vectors.filter(({ assetId }) => taken.has(assetId));
      },
    };
  }

  /** The best chunks of a space. A long chunk has several points, of which the best counts; more are asked for until there are enough chunks. */
  private async rank(sql: Sql, { access, dto, timings, mustEndBy }: Context, { space, indexes, lanes: [one] }: SpaceQuestion, narrowed: Narrowed) {
    const { lane, vector } = one as SpaceQuestion['lanes'][number];
    const enough = Math.max(dto.k ?? DEFAULT_K, LEAST_DEPTH);
    const indexIds = indexes.map(({ indexId }) => indexId);
    const conditions = { index_id: indexIds, ...narrowed.conditions };
    const { wanted } = narrowed;
    for (let limit = enough; ; limit = Math.min(limit * 3, MOST_POINTS)) {
      const { results, losses: lost } = await this.live.find(sql, access.scope, { space, vector, conditions, wanted, limit, timings, mustEndBy });
      const chunkOf = await timed(timings, 'chunks', () =>
        chunksOfPoints(
          sql,
          access,
          results.map(({ pointId }) => pointId),
          indexIds,
        ),
      );
      const scores = new Map<string, number>();
      for (const { pointId, score } of results) {
        const chunk = chunkOf.get(pointId);
        if (chunk !== undefined && !scores.has(chunk)) scores.set(chunk, score);
      }
      if (scores.size >= enough || results.length < limit || limit >= MOST_POINTS) return { ranking: { lane, ids: [...scores.keys()], scores }, lost };
    }
  }

  private async hitsOf(sql: Sql, { access, dto, timings }: Context, rankings: LaneRanking[], indexes: ServingIndex[]): Promise<object[]> {
    const alone = rankings.length === 1 ? rankings[0] : undefined;
    const ranked = alone?.scores ?? joinRankings(rankings, dto.rrf_k ?? DEFAULT_RRF_K);
    const best = [...ranked].filter(([, score]) => score >= (dto.score_threshold ?? Number.NEGATIVE_INFINITY)).slice(0, dto.k ?? DEFAULT_K);
    const found = await timed(timings, 'texts', () =>
      foundChunks(
        sql,
        access,
        best.map(([id]) => id),
      ),
    );
    const byChunk = new Map(found.map((chunk) => [chunk.chunkId, chunk]));
    const byIndex = new Map(indexes.map((index) => [index.indexId, index]));
    return best.flatMap(([id, score]) => {
      const chunk = byChunk.get(id);
      return chunk === undefined ? [] : [hitOf(chunk, score, byIndex.get(chunk.indexId) as ServingIndex)];
    });
  }
}

function hitOf(chunk: FoundChunk, score: number, index: ServingIndex): object {
  return {
    document_id: chunk.documentId,
    external_id: chunk.externalId,
    chunk_id: chunk.chunkId,
    chunk_index: chunk.index,
    score,
    original_score: score,
    reranked_score: null,
    text: chunk.text,
    start: chunk.start,
    end: chunk.end,
    page: chunk.page,
    heading_path: chunk.headingPath,
    time_start: chunk.timeStart,
    time_end: chunk.timeEnd,
    title: chunk.title,
    metadata: chunk.metadata,
    file_name: chunk.fileName,
    file_path: chunk.filePath,
    collection_id: index.collectionId,
    collection_name: index.collectionName,
    embedding_model: index.model,
  };
}

/** What callers ask for by both names must hold. */
function filterOf({ filters, metadata_filter: metadataFilter }: CollectionSearchDto): Filter | undefined {
  const parts = Object.entries({ filters, metadata_filter: metadataFilter }).flatMap(([path, value]) =>
    value === undefined ? [] : [parseFilter(value, path)],
  );
  return parts.length > 1 ? { kind: 'all', of: parts } : parts[0];
}

function otherVersion(model: string): CairnError {
  return new CairnError(
    'model_not_installed',
    `The collection was embedded by another version of ${model} than the one that is installed. Reindex it, or install that version.`,
  );
}
