import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Access,
  assertWhole,
  CairnError,
  type CollectionSearchDto,
  type CursorSeal,
  type Database,
  DependencyError,
  type ExampleChunk,
  exampleChunks,
  type FoundChunk,
  floatsOf,
  foundChunks,
  isRegistered,
  type ModelDirectory,
  matchingAmong,
  matchingDocuments,
  modelSpaceOf,
  readLiveValues,
  SEARCH_MAY_TAKE_MS,
  type ServingIndex,
  type SparseVector,
  type Sql,
  servingIndexes,
} from '@cairn/common';
import { onlyLanguageOf, resolveTextModel, spaceOf } from '@cairn/models/catalogue';
import type { LiveQuestion, LiveSearch, Scored } from '../live-search.js';
import type { QueryWords } from '../query-words.js';
import type { RerankService } from '../rerank.service.js';
import type { TextEmbedder } from '../text-embedder.js';
import { type Timings, timed } from '../timed.js';
import { diversify } from './diversify.js';
import { type Fused, fuse, type LaneRanking, type Ranked, withoutOpenTies } from './fuse.js';
import { Highlighter } from './highlight.js';
import { knowledgeOf, weighed } from './lane-weights.js';
import { pageOrder } from './page-order.js';
import { type Lane, planOf, type SearchPlan } from './search-plan.js';

/** Rankings that are joined are longer than what is asked for: what is far down in both may be first together. */
const LEAST_DEPTH = 50;
/** How deep rankings are made for those who go on: see `pageOrder`. */
const DEPTHS = [1_000, 10_000];
const MOST_HITS = 10_000;
/** Qdrant answers no more at once. */
const MOST_POINTS = 10_000;
/** More documents than these are not told to Qdrant by name. */
const NAMED_AT_MOST = 5_000;
/** So many of the best are ordered anew by a reranker: it is a hundred times slower than the search. */
const RERANKED = 30;
/** Among so many of the best, at least and at most, hits that differ are looked for. */
const DIVERSE = { atLeast: 50, atMost: 100 };

const FIRST: Before = { offset: 0, isReranked: false };
/** The api waits 10 s. When the reranker is not done by then, the hits stand in the order of the search. */
const RERANKED_WITHIN_MS = 8_000;
/** Marking goes on for so many characters of one answer, and leaves the event loop to others in between. */
const MARKED_CHARACTERS = 1_000_000;
const TURN_MS = 10;

/** One question as one space compares it. */
interface Asked {
  lane: Lane;
  question: number;
  /** How much of the question the model of the space can know. */
  knowledge: number;
  vector: Float32Array | SparseVector;
}

/** A place in the order, and what is known of its chunk. */
interface Place extends Fused {
  originalScore: number;
  rerankedScore: number | null;
  /** From 1, before anything was ordered anew. */
  fusedRank: number;
}

interface Found {
  order: Fused[];
  /** There may be more than `order`. */
  hasMore: boolean;
  chunks: ReadonlyMap<string, FoundChunk>;
  /** Of those among which hits that differ are looked for. */
  vectors: ReadonlyMap<string, Float32Array>;
  searched: ServingIndex[];
  /** How often each space had been lost. */
  losses: ReadonlyMap<string, string>;
}

/** What a filter leaves of a search: only these documents, or what passes a look at each. */
type Narrowed = Partial<Pick<LiveQuestion, 'conditions' | 'wanted'>>;

interface Context {
  access: Access;
  plan: SearchPlan;
  /** Hits that were given out before. */
  offset: number;
  signal: AbortSignal;
  timings: Timings;
  warnings: string[];
  /** By the clock of `performance`. */
  startedAt: number;
  mustEndBy: number;
}

/** What pages before gave out. */
interface Before {
  offset: number;
  /** The lowest score of them; none before the first page. */
  floor?: number;
  isReranked: boolean;
}

/** What is asked of the spaces. */
interface Questions {
  bySpace: ReadonlyMap<string, Asked[]>;
  exampleIds: ReadonlySet<string>;
}

/** Searches over the documents of collections. */
export class CollectionSearchService {
  constructor(
    private readonly database: Database,
    private readonly live: LiveSearch,
    private readonly embedder: TextEmbedder,
    private readonly words: QueryWords,
    private readonly models: ModelDirectory,
    private readonly reranking: RerankService,
    private readonly seal: CursorSeal,
  ) {}

  async search(access: Access, dto: CollectionSearchDto, signal: AbortSignal): Promise<object> {
    const startedAt = performance.now();
    const plan = planOf(dto);
    const before = plan.cursor === undefined ? FIRST : this.seal.open<Before>(plan.cursor, boundTo(access, plan));
    const { offset } = before;
    const context: Context = { access, plan, offset, signal, timings: {}, warnings: [], startedAt, mustEndBy: startedAt + SEARCH_MAY_TAKE_MS };
    const found = await this.found(context, plan.k);
    const searchMs = millisecondsSince(startedAt);
    const { places, isReranked } = await this.ordered(context, found);
    const page = places.slice(offset, offset + plan.k).map((place) => ({ ...place, score: Math.min(place.score, before.floor ?? place.score) }));
    const end = offset + page.length;
    const after: Before = { offset: end, floor: Math.min(...page.map(({ score }) => score)), isReranked: isReranked || before.isReranked };
    const hasNext = page.length === plan.k && end < MOST_HITS && (end < places.length || found.hasMore);
    return {
      query: plan.texts[0] ?? null,
      results: await this.hitsOf(context, page, found),
      total_results: page.length,
      next_cursor: hasNext ? this.seal.seal(after, boundTo(access, plan)) : null,
      collections_searched: found.searched.map(({ collectionId, collectionName, model }) => ({
        id: collectionId,
        name: collectionName,
        embedding_model: model,
      })),
      search_mode_used: plan.mode,
      warnings: context.warnings,
      reranking_used: after.isReranked,
      partial_failure: false,
      failed_collections: [],
      search_time_ms: searchMs,
      total_time_ms: millisecondsSince(startedAt),
      timings_ms: context.timings,
    };
  }

  /** Where a document stands in the answer if one reads on to the end; undefined where it is in none of the rankings. */
  async rankOf(
    access: Access,
    dto: CollectionSearchDto,
    documentIds: readonly string[],
    signal: AbortSignal,
  ): Promise<{ rank: number; score: number } | undefined> {
    const plan = { ...planOf(dto), k: MOST_HITS, threshold: Number.NEGATIVE_INFINITY, rerank: undefined, diversity: 0, isGrouped: true };
    const startedAt = performance.now();
    const context: Context = { access, plan, offset: 0, signal, timings: {}, warnings: [], startedAt, mustEndBy: startedAt + SEARCH_MAY_TAKE_MS };
    const { order } = await this.found(context, 0);
    const at = order.findIndex(({ documentId }) => documentIds.includes(documentId));
    return at < 0 ? undefined : { rank: at + 1, score: (order[at] as Fused).score };
  }

  // What serves is asked twice: to know what to embed the question with, and in the snapshot for what serves then. Where an index of another space took over
  // in between, the question is embedded anew: the old index is not to be asked any more, and the new one cannot be yet.
  private async found(context: Context, texts: number): Promise<Found> {
    const { access, plan, mustEndBy } = context;
    while (performance.now() < mustEndBy) {
      context.signal.throwIfAborted();
      const [before, examples] = await this.database.tenant(access.scope, async (sql) => [
        await servingIndexes(sql, access, plan.collectionIds),
        plan.exampleIds.length === 0 ? [] : await exampleChunks(sql, access, plan.exampleIds),
      ]);
      const questions = await this.questionsOf(context, before, examples);
      const found = await this.database.tenantSnapshot(access.scope, (sql) => this.find(sql, context, questions, texts));
      if (found === undefined) continue;
      for (const [space, lost] of found.losses) await assertWhole(this.database, space, lost); // what was lost since then the snapshot does not know
      return found;
    }
    throw new CairnError('unavailable', 'The collections are being changed all the time. Try again in a moment.', { retryAfterSeconds: 2 });
  }

  /** The questions as each space compares them. */
  private async questionsOf(context: Context, indexes: readonly ServingIndex[], examples: readonly ExampleChunk[]): Promise<Questions> {
    const { plan } = context;
    const spaces = [...new Set(indexes.map(({ space }) => space))];
    const asked = spaces.map(async (space): Promise<[string, Asked[]]> => {
      if (!(await isRegistered(this.database, space))) return [space, []]; // nothing was ever written there
      const { model } = indexes.find((index) => index.space === space) as ServingIndex;
      const inSpace = { space, model };
      const texts = plan.texts.map((text, question) => this.askedOf(context, inSpace, { text, question }));
      const likeExamples = examples.map((example, at) => this.askedOf(context, inSpace, { text: example.text, example, question: plan.texts.length + at }));
      return [space, (await Promise.all([...texts, ...likeExamples])).flat()];
    });
    return { bySpace: new Map(await Promise.all(asked)), exampleIds: new Set(examples.map(({ chunkId }) => chunkId)) };
  }

  private async askedOf(
    { access, plan, timings }: Context,
    { space, model: id }: { space: string; model: string },
    { text, example, question }: { text: string; example?: ExampleChunk; question: number },
  ): Promise<Asked[]> {
    const { scope } = access;
    const model = await resolveTextModel(id, () => this.models.list());
    if (plan.lanes.includes('dense') && spaceOf(model) !== modelSpaceOf(space)) throw otherVersion(id);
    const dense = async (): Promise<Asked> => {
      if (example !== undefined && modelSpaceOf(example.space) === modelSpaceOf(space))
        return { lane: 'dense', question, knowledge: 1, vector: floatsOf(example.vector) };
      const [{ vector, tokens }, language] = await Promise.all([
        timed(timings, 'embed', () => this.embedder.query(scope.orgId, model, text)),
        this.words.languageOf(scope, space, text),
      ]);
      return { lane: 'dense', question, knowledge: knowledgeOf({ text, tokens, only: onlyLanguageOf(model), language }), vector };
    };
    const sparse = async (): Promise<Asked> => {
      const vector = await timed(timings, 'words', () => this.words.query(scope, space, text));
      return { lane: 'sparse', question, knowledge: 1, vector };
    };
    return Promise.all(plan.lanes.map((lane) => (lane === 'dense' ? dense() : sparse())));
  }

  /** Undefined when a space serves that the questions were not embedded for. */
  private async find(sql: Sql, context: Context, { bySpace, exampleIds }: Questions, texts: number): Promise<Found | undefined> {
    const { access, plan, offset } = context;
    const searched = await servingIndexes(sql, access, plan.collectionIds);
    if (searched.some(({ space }) => !bySpace.has(space))) return undefined;
    const losses = new Map<string, string>();
    const narrowed = await this.narrow(sql, context, searched);
    if (narrowed === undefined) return { order: [], hasMore: false, chunks: new Map(), vectors: new Map(), searched, losses };
    const levels: Fused[][] = [];
    let order: Fused[] = [];
    let hasMore = true;
    for (const depth of [Math.max(plan.k, LEAST_DEPTH), ...DEPTHS]) {
      if (!hasMore || order.length >= offset + plan.k) break;
      if (levels.length > 0 && depth <= plan.k) continue;
      const rankings = await this.rankings(sql, context, { indexes: searched, bySpace, narrowed, depth, losses });
      levels.push(fuse(rankings, plan).filter(({ chunkId, score }) => score >= plan.threshold && !exampleIds.has(chunkId)));
      order = pageOrder(levels, plan.isGrouped);
      hasMore = rankings.some(({ isWhole }) => !isWhole) && !isBelow(rankings, plan);
    }
    const head = offset < headOf(plan) ? order.slice(0, headOf(plan)) : [];
    const shown = texts === 0 ? [] : [...head, ...order.slice(offset, offset + texts)];
    const chunks = await timed(context.timings, 'texts', () => foundChunks(sql, access, [...new Set(shown.map(({ chunkId }) => chunkId))]));
    const vectors = plan.diversity > 0 ? await this.vectorsOf(sql, context, head) : new Map();
    return { order, hasMore, chunks: new Map(chunks.map((chunk) => [chunk.chunkId, chunk])), vectors, searched, losses };
  }

  private async vectorsOf(sql: Sql, { access, timings }: Context, places: readonly Fused[]): Promise<Map<string, Float32Array>> {
    const values = await timed(timings, 'vectors', () => readLiveValues(sql, access.scope, 'vector', places));
    return new Map(values.map(({ pointId, bytes }) => [pointId, floatsOf(bytes)]));
  }

  // Few documents are asked for by name; of many, Qdrant finds the nearest, and those that the filter takes count. Undefined when it takes none.
  private async narrow(sql: Sql, { access, plan: { filter }, timings }: Context, indexes: ServingIndex[]): Promise<Narrowed | undefined> {
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

  /** What each question finds in each way. Scores of the same model, and of words, are comparable wherever the text lies: they make one ranking. */
  private async rankings(
    sql: Sql,
    context: Context,
    asked: { indexes: ServingIndex[]; bySpace: Questions['bySpace']; narrowed: Narrowed; depth: number; losses: Map<string, string> },
  ): Promise<LaneRanking[]> {
    const { indexes, bySpace, losses } = asked;
    const rankings = new Map<string, LaneRanking>();
    const cuts = new Map<string, number>();
    for (const space of new Set(indexes.map((index) => index.space))) {
      const indexIds = indexes.filter((index) => index.space === space).map(({ indexId }) => indexId);
      for (const one of bySpace.get(space) as Asked[]) {
        context.signal.throwIfAborted();
        const { ranked, isWhole, lost } = await this.rank(sql, context, { ...asked, space, indexIds, asked: one });
        losses.set(space, lost);
        const name = `${one.question} ${one.lane === 'dense' ? modelSpaceOf(space) : 'words'}`;
        const known = rankings.get(name);
        const all = known === undefined ? ranked : [...known.ranked, ...ranked].sort((a, b) => b.score - a.score);
        const { lane, question, knowledge } = one;
        if (!isWhole) cuts.set(name, Math.max(cuts.get(name) ?? Number.NEGATIVE_INFINITY, ranked.at(-1)?.score ?? Number.NEGATIVE_INFINITY));
        rankings.set(name, { lane, question, knowledge, weight: 1, ranked: all, isWhole: isWhole && (known?.isWhole ?? true) });
      }
    }
    const settled = [...rankings].map(([name, ranking]) => cutAt(ranking, cuts.get(name)));
    if (settled.length === 1) return settled;
    const all = settled.map(withoutOpenTies);
    return context.plan.fusion === 'auto' && context.plan.mode === 'hybrid' ? weighed(all) : all;
  }

  /** The best chunks of a space. A long chunk has several points, of which the best counts; more are asked for until there are enough chunks. */
  private async rank(
    sql: Sql,
    { access, timings, mustEndBy }: Context,
    { space, indexIds, narrowed, depth, asked }: { space: string; indexIds: string[]; narrowed: Narrowed; depth: number; asked: Asked },
  ): Promise<{ ranked: Ranked[]; isWhole: boolean; lost: string }> {
    const conditions = { index_id: indexIds, ...narrowed.conditions };
    const { wanted } = narrowed;
    for (let limit = depth; ; limit = Math.min(limit * 3, MOST_POINTS)) {
      const question = { space, vector: asked.vector, conditions, wanted, limit, timings, mustEndBy };
      const { results, losses: lost } = await this.live.find(sql, access.scope, question);
      const ranked = bestOfEachChunk(results, new Set(indexIds));
      const isWhole = results.length < limit;
      if (ranked.length >= depth || isWhole || limit >= MOST_POINTS) return { ranked, isWhole, lost };
    }
  }

  /** The best anew, first by what reads question and text together and then so that they differ. What was not looked at stays behind them. */
  private async ordered(context: Context, found: Found): Promise<{ places: Place[]; isReranked: boolean }> {
    const { plan, offset } = context;
    const places = found.order.map((one, at): Place => ({ ...one, originalScore: one.score, rerankedScore: null, fusedRank: at + 1 }));
    if (offset >= headOf(plan)) return { places, isReranked: false };
    const reranked = plan.rerank === undefined ? undefined : await this.reranked(context, places, found);
    const best = reranked ?? places;
    if (plan.diversity === 0) return { places: best, isReranked: reranked !== undefined };
    const head = best.slice(0, headOf(plan));
    const order = diversify(
      head.map(({ score, pointId }) => ({ score, vector: found.vectors.get(pointId) })),
      plan.diversity,
    );
    return { places: [...order.map((at) => head[at] as Place), ...best.slice(head.length)], isReranked: reranked !== undefined };
  }

  /** Undefined, with a warning, when nobody can compare. */
  private async reranked({ plan, timings, warnings, signal, startedAt }: Context, places: Place[], { chunks }: Found): Promise<Place[] | undefined> {
    const head = places.slice(0, RERANKED);
    const [query] = plan.texts;
    if (query === undefined) {
      warnings.push('There is no question in words to compare the hits with, so they were not reranked.');
      return undefined;
    }
    if (head.length === 0) return places;
    try {
      const documents = head.map(({ chunkId }) => chunks.get(chunkId)?.text ?? ' ');
      const { scores, warnings: said } = await timed(timings, 'rerank', () =>
        this.reranking.scoresOf({ query, documents, signal, mustEndBy: startedAt + RERANKED_WITHIN_MS }, plan.rerank?.model),
      );
      warnings.push(...said.map(({ message }) => message));
      const ordered = head.map((place, at): Place => ({ ...place, score: scores[at] as number, rerankedScore: scores[at] as number }));
      ordered.sort((a, b) => b.score - a.score || a.fusedRank - b.fusedRank);
      const floor = (ordered.at(-1) as Place).score;
      return [...ordered, ...places.slice(head.length).map((place) => ({ ...place, score: Math.min(place.score, floor) }))];
    } catch (error) {
      if (!(error instanceof DependencyError)) throw error;
      warnings.push('No worker could rerank the hits; they stand in the order of the search.');
      return undefined;
    }
  }

  private async hitsOf({ plan, offset, warnings, signal }: Context, page: readonly Place[], { chunks, searched }: Found): Promise<object[]> {
    const byIndex = new Map(searched.map((index) => [index.indexId, index]));
    const highlighter = plan.highlights ? new Highlighter(plan.texts) : undefined;
    const hits: object[] = [];
    let unmarked = MARKED_CHARACTERS;
    let turn = performance.now();
    for (const [at, place] of page.entries()) {
      const chunk = chunks.get(place.chunkId);
      if (chunk === undefined) continue;
      const marks = highlighter && unmarked > 0 ? { highlights: highlighter.of(chunk.text) } : {};
      unmarked -= chunk.text.length;
      const explain = plan.explains ? { explain: explained(place, plan, offset + at + 1) } : {};
      hits.push({ ...hitOf(chunk, place, byIndex.get(chunk.indexId) as ServingIndex), ...marks, ...explain });
      if (performance.now() - turn < TURN_MS) continue;
      await nextTurn();
      signal.throwIfAborted();
      turn = performance.now();
    }
    if (highlighter && unmarked <= 0)
      warnings.push(`Only the first hits are highlighted, up to ${MARKED_CHARACTERS} characters of text. Ask for fewer hits at once.`);
    return hits;
  }
}

/** Alone, a ranking that has come below what is asked for has no more of it. */
function isBelow(rankings: readonly LaneRanking[], { threshold }: SearchPlan): boolean {
  const [one, ...others] = rankings;
  return others.length === 0 && (one?.ranked.at(-1)?.score ?? Number.POSITIVE_INFINITY) < threshold;
}

/** Of several spaces, one goes on below where another was cut: what lies there is not all that there is. */
function cutAt(ranking: LaneRanking, score = Number.NEGATIVE_INFINITY): LaneRanking {
  return { ...ranking, ranked: ranking.ranked.filter((one) => one.score >= score) };
}

/** How many of the best may change places after they were found. */
function headOf({ k, rerank, diversity }: SearchPlan): number {
  const differing = diversity > 0 ? Math.min(DIVERSE.atMost, Math.max(DIVERSE.atLeast, 4 * k)) : 0;
  return Math.max(rerank === undefined ? 0 : RERANKED, differing);
}

/** A cursor is good for this search of this caller. */
const boundTo = ({ scope }: Access, { fingerprint }: SearchPlan): string[] => ['search', scope.orgId, fingerprint];

// What Qdrant took for a point of these indexes, and Postgres does not, is left out.
function bestOfEachChunk(results: readonly Scored[], indexIds: ReadonlySet<string>): Ranked[] {
  const best = new Map<string, Ranked>();
  for (const { chunkId, indexId, assetId, pointId, token, score } of results) {
    if (chunkId === null || indexId === null || !indexIds.has(indexId) || best.has(chunkId)) continue;
    best.set(chunkId, { chunkId, documentId: assetId, pointId, token, score });
  }
  return [...best.values()].sort((a, b) => b.score - a.score || (a.chunkId < b.chunkId ? -1 : 1));
}

function hitOf(chunk: FoundChunk, { score, originalScore, rerankedScore }: Place, index: ServingIndex): object {
  return {
    document_id: chunk.documentId,
    external_id: chunk.externalId,
    chunk_id: chunk.chunkId,
    chunk_index: chunk.index,
    score,
    original_score: originalScore,
    reranked_score: rerankedScore,
    text: chunk.text,
    start: chunk.start,
    end: chunk.end,
    page: chunk.page,
    heading_path: chunk.headingPath,
    time_start: chunk.timeStart,
    time_end: chunk.timeEnd,
    chunk_metadata: chunk.chunkMetadata,
    title: chunk.title,
    metadata: chunk.metadata,
    file_name: chunk.fileName,
    file_path: chunk.filePath,
    collection_id: index.collectionId,
    collection_name: index.collectionName,
    embedding_model: index.model,
  };
}

function explained({ lanes, fusedRank, originalScore, rerankedScore }: Place, plan: SearchPlan, rank: number): object {
  return {
    lanes,
    fusion: Object.keys(lanes).length === 1 && plan.mode !== 'hybrid' ? 'none' : plan.fusion,
    fused_rank: fusedRank,
    fused_score: originalScore,
    reranked_score: rerankedScore,
    diversity: plan.diversity,
    filtered: plan.filter !== undefined,
    rank,
  };
}

const millisecondsSince = (startedAt: number): number => Math.round((performance.now() - startedAt) * 100) / 100;

function otherVersion(model: string): CairnError {
  return new CairnError(
    'model_not_installed',
    `The collection was embedded by another version of ${model} than the one that is installed. Reindex it, or install that version.`,
  );
}
