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
  type Logger,
  matchingAmong,
  matchingDocuments,
  type ParentPart,
  parentParts,
  readLiveValues,
  type ServingIndex,
  type Sql,
  servingIndexes,
} from '@cairn/common';
import type { Aheads, LiveQuestion, LiveSearch } from '../live-search.js';
import type { WordCounts } from '../query-words.js';
import type { RerankService } from '../rerank.service.js';
import { type Timings, timed } from '../timed.js';
import type { Turns } from '../turns.js';
import { askSpaces, atLeastSoon } from './ask-spaces.js';
import { citedPages } from './cited-pages.js';
import { diversify } from './diversify.js';
import { assertAllSearched, assertSomeSearched, type FailedCollection, failedCollections, without } from './failed-collections.js';
import { type Fused, fuse, type LaneRanking, withoutOpenTies } from './fuse.js';
import { Highlighter } from './highlight.js';
import { goWithout, type HypothesisWriter } from './hypothesis-writer.js';
import { joinSpaces, type SpaceRanking } from './join-spaces.js';
import { weighed } from './lane-weights.js';
import { LastServing } from './last-serving.js';
import { notAbove, pageOrder } from './page-order.js';
import { AROUND_CHARACTERS, parentTextOf } from './parent-text.js';
import { type Before, type Beginning, type Context, contextOf, type Ends } from './search-context.js';
import { MOST_HITS, planOf, type SearchPlan } from './search-plan.js';
import { type Asked, type Questions, type SpaceQuestions, spacesOf } from './space-questions.js';

/** Rankings that are joined are longer than what is asked for: what is far down in both may be first together. */
const LEAST_DEPTH = 50;
/** How deep rankings are made for those who go on: see `pageOrder`. */
const DEEPEST = 10_000;
const DEPTHS = [LEAST_DEPTH, 1_000, DEEPEST];
/** Of so many the texts are read before it is known which of them count. */
const FEW = 20;
/** Qdrant answers no more at once. */
const MOST_POINTS = 10_000;
/** More documents than these are not told to Qdrant by name. */
const NAMED_AT_MOST = 5_000;
/** So many of the best are ordered anew by a reranker: it is a hundred times slower than the search. */
const RERANKED = 30;
/** Among so many of the best, at least and at most, hits that differ are looked for. */
const DIVERSE = { atLeast: 50, atMost: 100 };

/** All places, of which none is shown. */
const EVERYTHING: Page = { start: MOST_HITS, end: MOST_HITS };
/** Marking goes on for so many characters of one answer, and leaves the event loop to others in between. */
const MARKED_CHARACTERS = 1_000_000;
const TURN_MS = 10;
/** So much is answered of parents, in one answer. */
const PARENT_CHARACTERS = 2_000_000;
/** More than are ever shown of a page: parents of several thousand characters use up the above before. */
const MOST_PARENTS = 200;

/** A place in the order, and what is known of its chunk. */
interface Place extends Fused {
  originalScore: number;
  rerankedScore: number | null;
  /** From 1, before anything was ordered anew. */
  fusedRank: number;
}

interface Ordered {
  places: Place[];
  /** The model that ordered the best of them anew; null where none did. */
  rerankedBy: string | null;
}

/** From `start` up to, but not with, `end`; counted from 0. */
interface Page {
  start: number;
  end: number;
}

/** Where a hit stands, and what brought it there. */
export interface PlaceInOrder {
  /** From 1. */
  rank: number;
  /** Its rank before anything was ordered anew. */
  fusedRank: number;
  fusedScore: number;
  /** What the search gives. */
  page: Page;
  /** Of the hits before it, so many are not the first of their document. */
  furtherChunks: number;
}

interface Found {
  order: Fused[];
  /** There may be more than `order`. */
  hasMore: boolean;
  chunks: ReadonlyMap<string, FoundChunk>;
  /** Of those among which hits that differ are looked for. */
  vectors: ReadonlyMap<string, Float32Array>;
  /** By their chunks, where parents are asked for. */
  parts: ReadonlyMap<string, ParentPart[]>;
  /** Of all collections that were asked for, those that failed too. */
  asked: ServingIndex[];
  /** What words were weighed by; undefined where nothing was searched. */
  words: WordCounts | undefined;
  /** How often each space had been lost. */
  losses: ReadonlyMap<string, string>;
}

/** What is looked for in the spaces of these indexes, and how far. */
interface Asking {
  indexes: readonly ServingIndex[];
  bySpace: Questions['bySpace'];
  narrowed: Narrowed;
  depth: number;
  losses: Map<string, string>;
  ahead?: Aheads | undefined;
}

/** What was asked for before there was a snapshot, in the one space of these indexes. */
interface Early {
  indexes: readonly ServingIndex[];
  ahead: Aheads;
}

/** What a filter leaves of a search: only these documents, or what passes a look at each. */
type Narrowed = Partial<Pick<LiveQuestion, 'conditions' | 'wanted'>>;

/** A hit, with what others than its reader look at. */
interface Hit {
  external_id: string;
  collection_id: string;
  score: number;
  [field: string]: unknown;
}

/** What a search answers, with what others than its caller look at. */
export interface SearchAnswer {
  results: Hit[];
  collections_searched: { id: string; name: string; embedding_model: string }[];
  search_mode_used: SearchPlan['mode'];
  reranking_used: boolean;
  warnings: string[];
  partial_failure: boolean;
  failed_collections: FailedCollection[];
  total_time_ms: number;
  timings_ms: Timings;
  [field: string]: unknown;
}

/** Searches over the documents of collections. */
export class CollectionSearchService {
  private readonly lastServing = new LastServing();

  constructor(
    private readonly database: Database,
    private readonly live: LiveSearch,
    private readonly questions: SpaceQuestions,
    private readonly hypotheses: HypothesisWriter,
    private readonly reranking: RerankService,
    private readonly turns: Turns,
    private readonly seal: CursorSeal,
    private readonly logger: Logger,
  ) {}

  async search(access: Access, dto: CollectionSearchDto, signal: AbortSignal, ends?: Ends): Promise<SearchAnswer> {
    const plan = planOf(dto);
    const before = this.before(access, plan);
    return this.turns.take(access.scope.orgId, signal, (waitedMs) => this.answer(access, plan, { before, signal, ends, waitedMs }));
  }

  private async answer(access: Access, plan: SearchPlan, beginning: Beginning): Promise<SearchAnswer> {
    const { before } = beginning;
    const context = contextOf(access, plan, beginning);
    if (plan.usesHyde && before.hypothesis === null) goWithout(context, 'not_before');
    const { startedAt, failures } = context;
    const found = await this.found(context, pageOf(context));
    const failed = failedCollections(found.asked, failures);
    if (failed.length > 0) this.sayFailed(context);
    const searchMs = millisecondsSince(startedAt);
    const { places, rerankedBy } = await this.ordered(context, found);
    const page = places.slice(before.offset, pageOf(context).end);
    const end = before.offset + page.length;
    const after: Before = {
      offset: end,
      floor: Math.min(before.floor, lowest(page)),
      rerankedBy,
      words: found.words,
      ...(plan.usesHyde ? { hypothesis: context.hypothesis } : {}),
    };
    const hasNext = failed.length === 0 && page.length === plan.k && end < MOST_HITS && (end < places.length || found.hasMore);
    return {
      query: plan.texts[0] ?? null,
      results: await this.hitsOf(context, page, found),
      total_results: page.length,
      next_cursor: hasNext ? this.seal.seal(after, boundTo(access, plan)) : null,
      collections_searched: without(found.asked, failures).map(({ collectionId, collectionName, model }) => ({
        id: collectionId,
        name: collectionName,
        embedding_model: model,
      })),
      search_mode_used: plan.mode,
      warnings: context.warnings,
      ...(plan.usesHyde ? { hyde_info: context.hypothesis ?? null } : {}),
      reranking_used: rerankedBy !== null,
      partial_failure: failed.length > 0,
      failed_collections: failed,
      search_time_ms: searchMs,
      total_time_ms: millisecondsSince(startedAt),
      timings_ms: context.timings,
    };
  }

  /** Where the best hit of these documents stands, on the page that is asked for or if one reads all; undefined where none of theirs is found. */
  async placeOf(access: Access, dto: CollectionSearchDto, documentIds: readonly string[], signal: AbortSignal): Promise<PlaceInOrder | undefined> {
    const plan = planOf(dto);
    const before = this.before(access, plan);
    return this.turns.take(access.scope.orgId, signal, (waitedMs) => this.place(access, plan, documentIds, { before, signal, waitedMs }));
  }

  private async place(access: Access, plan: SearchPlan, documentIds: readonly string[], beginning: Beginning): Promise<PlaceInOrder | undefined> {
    const context = contextOf(access, plan, beginning);
    const found = await this.found(context, EVERYTHING);
    assertAllSearched(found.asked, context.failures);
    const { places, rerankedBy } = await this.ordered(context, found);
    if (plan.rerank !== undefined && plan.texts.length > 0 && rerankedBy === null && context.before.rerankedBy === undefined) throw notReranked();
    const page = pageOf(context);
    const theirs = [...places.keys()].filter((at) => documentIds.includes((places[at] as Place).documentId));
    const at = theirs.find((one) => one >= page.start && one < page.end) ?? theirs[0];
    if (at === undefined) return undefined;
    const { fusedRank, originalScore } = places[at] as Place;
    const documentsBefore = new Set(places.slice(0, at).map(({ documentId }) => documentId));
    return { rank: at + 1, fusedRank, fusedScore: originalScore, page, furtherChunks: at - documentsBefore.size };
  }

  private before(access: Access, plan: SearchPlan): Before {
    return plan.cursor === undefined ? { offset: plan.offset, floor: Number.MAX_VALUE } : this.seal.open<Before>(plan.cursor, boundTo(access, plan));
  }

  private sayFailed({ access, warnings, failures }: Context): void {
    warnings.push('Not all collections could be searched, so there is no next page. Search again in a moment.');
    for (const [space, error] of failures)
      this.logger.warn({ orgId: access.scope.orgId, space, err: error }, 'a space could not be searched, and its collections were left out');
  }

  // What serves is asked in the snapshot. What to embed the question with, and where to look, has to be known before: from the last search, or by asking
  // twice. Where something else serves by then, the question is embedded anew: the old index is not to be asked any more, and the new one cannot be yet.
  private async found(context: Context, page: Page): Promise<Found> {
    const { access, plan, mustEndBy, failures } = context;
    let last = plan.exampleIds.length === 0 ? this.lastServing.of(access, plan.collectionIds) : undefined;
    while (performance.now() < mustEndBy) {
      context.signal.throwIfAborted();
      const { before, examples } = last === undefined ? await this.believed(context) : { before: last, examples: [] };
      const isSure = last === undefined;
      last = undefined;
      if (context.hypothesis === undefined && before.length > 0) context.hypothesis = await this.hypotheses.write(context);
      const questions = await this.questions.of(context, before, examples).catch((error: unknown) => {
        if (isSure) throw error;
      });
      if (questions === undefined) continue; // it may be a mistake for what served last only
      const found = await this.database.tenantSnapshot(access.scope, async (sql) => {
        const early = await this.askedEarly(context, without(before, failures), questions);
        return this.find(sql, context, { questions, early, page });
      });
      if (found === undefined) continue;
      const { asked } = found;
      this.lastServing.remember(access, plan.collectionIds, asked);
      if ((await this.wasLost(context, found)) && without(asked, failures).length > 0) continue;
      if (plan.cursor === undefined) assertSomeSearched(asked, failures);
      else assertAllSearched(asked, failures);
      return found;
    }
    throw new CairnError('unavailable', 'The collections are being changed all the time. Try again in a moment.', { retryAfterSeconds: 2 });
  }

  private believed({ access, plan }: Context): Promise<{ before: readonly ServingIndex[]; examples: ExampleChunk[] }> {
    return this.database.tenantSnapshot(access.scope, async (sql) => ({
      before: await servingIndexes(sql, access, plan.collectionIds),
      examples: plan.exampleIds.length === 0 ? [] : await exampleChunks(sql, access, plan.exampleIds),
    }));
  }

  /** One question in one space, and no filter that Postgres would have to look through before: that is most searches. */
  private async askedEarly(context: Context, indexes: readonly ServingIndex[], { bySpace }: Questions): Promise<Early | undefined> {
    const { access, plan, timings, mustEndBy, signal } = context;
    const [space, ...others] = spacesOf(indexes);
    const [ways, ...further] = (space !== undefined && bySpace.get(space)) || [];
    if (space === undefined || ways === undefined || others.length + further.length > 0 || plan.filter !== undefined) return undefined;
    const question = { space, conditions: { index_id: indexIdsOf(indexes) }, limit: mostOf(firstDepthOf(plan, bySpace)), timings, mustEndBy, signal };
    const vectors = ways.map(({ vector }) => vector);
    const ahead = await this.live.ahead(access.scope, vectors, question);
    return ahead && { indexes, ahead };
  }

  /** What was lost since then the snapshot does not know: the search is made anew, without it. */
  private async wasLost(context: Context, { asked, losses }: Found): Promise<boolean> {
    const { failures, mustEndBy } = context;
    const failedBefore = failures.size;
    const spaces = spacesOf(without(asked, failures)).filter((space) => losses.has(space));
    await askSpaces(spaces, (space) => assertWhole(this.database, space, losses.get(space)), { ...context, answersBy: mustEndBy });
    return failures.size > failedBefore;
  }

  /** Undefined when a space serves that the questions were not embedded for. */
  private async find(
    sql: Sql,
    context: Context,
    { questions: { bySpace, exampleIds, words }, early, page }: { questions: Questions; early: Early | undefined; page: Page },
  ): Promise<Found | undefined> {
    const { access, plan, failures, answersBy } = context;
    const losses = new Map<string, string>();
    const firstDepth = firstDepthOf(plan, bySpace);
    const serving = servingIndexes(sql, access, plan.collectionIds);
    // In one round trip: which of what was found early counts, and whether that was looked for in what serves.
    const rankedEarly = early && this.rankings(sql, context, { ...early, bySpace, narrowed: {}, depth: firstDepth, losses });
    const readEarly = early && firstDepth <= FEW ? this.textsOf(sql, context, early) : [];
    const [asked, first, read] = await Promise.all([serving, rankedEarly, readEarly]);
    if (without(asked, failures).some(({ space }) => !bySpace.has(space))) return undefined;
    const narrowed = await this.narrow(sql, context, asked);
    if (narrowed === undefined) return { order: [], hasMore: false, chunks: new Map(), vectors: new Map(), parts: new Map(), asked, words, losses };
    const levels: Fused[][] = [];
    let order: Fused[] = [];
    let hasMore = true;
    const head = headOf(plan);
    for (const depth of [firstDepth, ...DEPTHS]) {
      if (!hasMore || order.length >= Math.max(page.end, head)) break;
      if (levels.length > 0 && depth <= firstDepth) continue;
      if (levels.length > 0 && failures.size > 0 && performance.now() > answersBy) break; // it has no further page, and those that answered would be late now
      const indexes = without(asked, failures);
      const isKnown = first !== undefined && levels.length === 0 && isSame(indexes, early?.indexes ?? []);
      const rankings = isKnown ? first : await this.rankings(sql, context, { indexes, bySpace, narrowed, depth, losses });
      levels.push(fuse(rankings, plan).filter(({ chunkId, score }) => score >= plan.threshold && !exampleIds.has(chunkId)));
      const searched = new Set(without(asked, failures).map(({ indexId }) => indexId)); // what failed now was in the levels before
      order = pageOrder(levels, plan.isGrouped).filter(({ indexId }) => searched.has(indexId));
      hasMore = rankings.some(({ isWhole }) => !isWhole) && !isBelow(rankings, plan);
    }
    const best = isHeadOrdered(context) ? order.slice(0, head) : [];
    const shown = [...best, ...order.slice(page.start, page.end)];
    const chunks = new Map(read.map((chunk) => [chunk.chunkId, chunk]));
    const unread = [...new Set(shown.map(({ chunkId }) => chunkId))].filter((id) => !chunks.has(id));
    if (unread.length > 0) for (const chunk of await timed(context.timings, 'texts', () => foundChunks(sql, access, unread))) chunks.set(chunk.chunkId, chunk);
    const vectors = plan.diversity > 0 ? await this.vectorsOf(sql, context, best) : new Map();
    const withParents = shown.slice(0, best.length + MOST_PARENTS).map(({ chunkId }) => chunkId);
    const parts = plan.includesParents ? await this.partsOf(sql, context, [...new Set(withParents)]) : new Map();
    return { order, hasMore, chunks, vectors, parts, asked, words, losses };
  }

  /** The texts of all of them: of few that is less than to ask again, for those that count. */
  private async textsOf(sql: Sql, { access, timings }: Context, { ahead }: Early): Promise<FoundChunk[]> {
    const hits = await Promise.all([...ahead.values()].map((one) => one.hits.catch(() => []))); // whoever ranks them says so
    return timed(timings, 'texts', () => foundChunks(sql, access, [...new Set(hits.flat().map(({ payload }) => payload.point_id))]));
  }

  private async partsOf(sql: Sql, { access, timings }: Context, chunkIds: readonly string[]): Promise<Map<string, ParentPart[]>> {
    const parts = await timed(timings, 'parents', () => parentParts(sql, access.scope, chunkIds, AROUND_CHARACTERS));
    const byChunk = new Map(chunkIds.map((id) => [id, [] as ParentPart[]]));
    for (const part of parts) byChunk.get(part.chunkId)?.push(part);
    return byChunk;
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

  /** What each question finds in each way. */
  private async rankings(sql: Sql, context: Context, asked: Asking): Promise<LaneRanking[]> {
    const { indexes } = asked;
    const ask = (space: string, mustEndBy: number, signal: AbortSignal) => this.rankingsOf(sql, { ...context, mustEndBy, signal }, { ...asked, space });
    const found = await askSpaces(spacesOf(indexes), ask, { ...context, answersBy: atLeastSoon(context.answersBy) });
    const settled = joinSpaces(found, mostOf(asked.depth));
    // Alone, a ranking keeps them where none goes deeper: there is nothing that they would be weighed against.
    if (settled.length === 1 && asked.depth >= DEEPEST) return settled;
    const all = settled.map(withoutOpenTies);
    if (all.length === 1) return all;
    const { fusion, mode, weights } = context.plan;
    if (weights !== undefined) return all.map((ranking) => ({ ...ranking, weight: weights[ranking.lane === 'sparse' ? 'sparse' : 'dense'] }));
    return fusion === 'auto' && mode === 'hybrid' ? weighed(all) : all;
  }

  /** What each question finds in one space: one after the other, each in all ways at once. */
  private async rankingsOf(sql: Sql, context: Context, { indexes, bySpace, losses, narrowed, depth, ahead, space }: Asking & { space: string }) {
    const indexIds = indexIdsOf(indexes.filter((index) => index.space === space));
    const found: SpaceRanking[] = [];
    const conditions = { index_id: indexIds, ...narrowed.conditions };
    const { access, timings, mustEndBy, signal } = context;
    const judged = ahead && this.live.judged(sql, access.scope, { space, conditions }, ahead);
    const state = judged?.state ?? this.live.stateOf(sql, access.scope, { space, conditions });
    const inSpace = { space, conditions, wanted: narrowed.wanted, state };
    for (const ways of bySpace.get(space) as Asked[][]) {
      signal.throwIfAborted();
      const inWay = { ...inSpace, indexIds, limit: mostOf(depth), timings, mustEndBy, signal };
      const find = ({ vector }: Asked) => this.live.findChunks(sql, access.scope, { ...inWay, vector, ahead: judged?.aheads.get(vector) });
      const rankings = await Promise.all(ways.map(find));
      for (const [at, { losses: lost, refills: _, ...ranking }] of rankings.entries()) {
        if (lost !== undefined) losses.set(space, lost);
        found.push({ asked: ways[at] as Asked, ...ranking });
      }
    }
    return found;
  }

  /** The best anew, first by what reads question and text together and then so that they differ. What was not looked at stays behind them. */
  private async ordered(context: Context, found: Found): Promise<Ordered> {
    const { plan, before, warnings } = context;
    const places = found.order.map((one, at): Place => ({ ...one, originalScore: one.score, rerankedScore: null, fusedRank: at + 1 }));
    if (!isHeadOrdered(context)) return { places: places.map((place) => notAbove(before.floor, place)), rerankedBy: before.rerankedBy ?? null };
    if (plan.rerank !== undefined && before.rerankedBy === null) warnings.push('The first page was not reranked, and neither are those after it.');
    const isReranked = plan.rerank !== undefined && before.rerankedBy !== null;
    const reranked = isReranked ? await this.reranked(context, places, found) : undefined;
    const { places: best, rerankedBy } = reranked ?? { places, rerankedBy: null };
    if (plan.diversity === 0) return { places: best, rerankedBy };
    const head = best.slice(0, headOf(plan));
    const order = diversify(
      head.map(({ score, pointId }) => ({ score, vector: found.vectors.get(pointId) })),
      plan.diversity,
    );
    return { places: [...order.map((at) => head[at] as Place), ...best.slice(head.length)], rerankedBy };
  }

  /** Undefined, with a warning, when nobody can compare. A further page is compared as those before it were, or not at all. */
  private async reranked({ plan, before, timings, warnings, signal, extrasBy }: Context, places: Place[], { chunks }: Found): Promise<Ordered | undefined> {
    const head = places.slice(0, RERANKED);
    const [query] = plan.texts;
    if (query === undefined) {
      warnings.push('There is no question in words to compare the hits with, so they were not reranked.');
      return undefined;
    }
    const documents = head.map(({ chunkId }) => chunks.get(chunkId)?.text ?? ' ');
    const task = { query, documents, signal, mustEndBy: extrasBy };
    try {
      const compare = () => (before.rerankedBy ? this.reranking.scoresBy(before.rerankedBy, task) : this.reranking.scoresOf(task, plan.rerank?.model));
      const { model, scores, warnings: said } = await timed(timings, 'rerank', compare);
      warnings.push(...said.map(({ message }) => message));
      const ordered = head.map((place, at): Place => ({ ...place, score: scores[at] as number, rerankedScore: scores[at] as number }));
      ordered.sort((a, b) => b.score - a.score || a.fusedRank - b.fusedRank);
      const floor = lowest(ordered);
      return { places: [...ordered, ...places.slice(head.length).map((place) => notAbove(floor, place))], rerankedBy: model.id };
    } catch (error) {
      if (!(error instanceof DependencyError) || before.rerankedBy) throw error;
      warnings.push('No worker could rerank the hits; they stand in the order of the search.');
      return undefined;
    }
  }

  private async hitsOf({ plan, before, hypothesis, warnings, signal }: Context, page: readonly Place[], { chunks, parts, asked }: Found): Promise<Hit[]> {
    const byIndex = new Map(asked.map((index) => [index.indexId, index]));
    const highlighter = new Highlighter(plan.texts);
    const hits: Hit[] = [];
    let unmarked = MARKED_CHARACTERS;
    let parentsLeft = PARENT_CHARACTERS;
    let isWithoutParents = false;
    let turn = performance.now();
    for (const [at, place] of page.entries()) {
      const chunk = chunks.get(place.chunkId);
      if (chunk === undefined) continue;
      const highlights = unmarked > 0 && (plan.highlights || chunk.pageStarts !== null) ? highlighter.of(chunk.text) : undefined;
      if (highlights !== undefined) unmarked -= chunk.text.length;
      const marks = plan.highlights && highlights !== undefined ? { highlights } : {};
      const explain = plan.explains
        ? { explain: explained(place, { plan, isJoined: plan.mode === 'hybrid' || Boolean(hypothesis), rank: before.offset + at + 1 }) }
        : {};
      const read = parentsLeft > 0 ? parts.get(chunk.chunkId) : undefined;
      const parent = read === undefined ? null : parentTextOf(chunk, read);
      parentsLeft -= parent?.text.length ?? 0;
      isWithoutParents ||= parent === null;
      const around = plan.includesParents ? { parent } : {};
      hits.push({ ...hitOf(chunk, place, byIndex.get(chunk.indexId) as ServingIndex), ...citedPages(chunk, highlights), ...marks, ...around, ...explain });
      if (performance.now() - turn < TURN_MS) continue;
      await nextTurn();
      signal.throwIfAborted();
      turn = performance.now();
    }
    if (plan.highlights && unmarked <= 0)
      warnings.push(`Only the first hits are highlighted, up to ${MARKED_CHARACTERS} characters of text. Ask for fewer hits at once.`);
    if (plan.includesParents && isWithoutParents)
      warnings.push(
        `Only the first hits have their parents: ${MOST_PARENTS}, and ${PARENT_CHARACTERS} characters of text, at most. Ask for fewer hits at once.`,
      );
    return hits;
  }
}

/** There is one ranking, and few of its chunks are equally good: what is first in it is first, however deep it goes, and it need not go deep. */
function isOneByMeaning(bySpace: Questions['bySpace']): boolean {
  const [one, ...others] = [...bySpace.values()].flat(2);
  return others.length === 0 && one?.lane === 'dense';
}

const indexIdsOf = (indexes: readonly ServingIndex[]): string[] => indexes.map(({ indexId }) => indexId);

function isSame(indexes: readonly ServingIndex[], others: readonly ServingIndex[]): boolean {
  const ids = new Set(indexIdsOf(others));
  return indexes.length === ids.size && indexes.every(({ indexId }) => ids.has(indexId));
}

/** How deep rankings are made at first. */
function firstDepthOf(plan: SearchPlan, bySpace: Questions['bySpace']): number {
  return Math.max(plan.k, isOneByMeaning(bySpace) && !plan.isGrouped ? 0 : LEAST_DEPTH, headOf(plan));
}

/** Alone, a ranking that has come below what is asked for has no more of it. */
function isBelow(rankings: readonly LaneRanking[], { threshold }: SearchPlan): boolean {
  const [one, ...others] = rankings;
  return others.length === 0 && (one?.ranked.at(-1)?.score ?? Number.POSITIVE_INFINITY) < threshold;
}

/** One more than is needed: so it is known of a ranking that it is whole, and of its last ones whether they tie with what comes after. */
const mostOf = (depth: number): number => Math.min(depth + 1, MOST_POINTS);

/** The places that a search asks for. */
const pageOf = ({ plan, before: { offset } }: Pick<Context, 'plan' | 'before'>): Page => ({ start: offset, end: Math.min(offset + plan.k, MOST_HITS) });

/** Behind the best, the order is that of the search; what the best have is known from the pages before. */
const isHeadOrdered = ({ plan, before }: Context): boolean => plan.cursor === undefined || before.offset < headOf(plan);

const lowest = (places: readonly Place[]): number => Math.min(Number.MAX_VALUE, ...places.map(({ score }) => score));

/** How many of the best may change places after they were found. */
function headOf({ k, rerank, diversity }: SearchPlan): number {
  const differing = diversity > 0 ? Math.min(DIVERSE.atMost, Math.max(DIVERSE.atLeast, 4 * k)) : 0;
  return Math.max(rerank === undefined ? 0 : RERANKED, differing);
}

/** A cursor is good for this search of this caller. */
const boundTo = ({ scope }: Access, { fingerprint }: SearchPlan): string[] => ['search', scope.orgId, fingerprint];

function hitOf(chunk: FoundChunk, { score, originalScore, rerankedScore }: Place, index: ServingIndex): Hit {
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

/** Where nobody can compare, places cannot be told: they would be those of another order. */
function notReranked(): CairnError {
  return new CairnError('unavailable', 'No worker can rerank the hits right now, so their places cannot be told. Try again in a moment.', {
    retryAfterSeconds: 2,
  });
}

interface Explaining {
  plan: SearchPlan;
  /** Several rankings make the order. */
  isJoined: boolean;
  rank: number;
}

function explained({ lanes, fusedRank, originalScore, rerankedScore }: Place, { plan, isJoined, rank }: Explaining): object {
  return {
    lanes,
    fusion: Object.keys(lanes).length === 1 && !isJoined ? 'none' : plan.fusion,
    fused_rank: fusedRank,
    fused_score: originalScore,
    reranked_score: rerankedScore,
    diversity: plan.diversity,
    filtered: plan.filter !== undefined,
    rank,
  };
}

const millisecondsSince = (startedAt: number): number => Math.round((performance.now() - startedAt) * 100) / 100;
