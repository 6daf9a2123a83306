import { isDeepStrictEqual } from 'node:util';
import { type Access, assertWhole, type Database, DependencyError, floatsOf, type NamedIndex, readLiveValues, type Sql } from '@cairn/common';
import { type BoundQuery, EVERY_ROW, isEveryRow, type Ranking, SQL_LIMITS, type SqlWarning } from '@cairn/retrieval/sql';
import { askSpaces, type Failures } from '../collections/ask-spaces.js';
import { diversify } from '../collections/diversify.js';
import { type Fused, fuse, type LaneRanking, withoutOpenTies } from '../collections/fuse.js';
import { joinSpaces, type SpaceRanking } from '../collections/join-spaces.js';
import { weighed } from '../collections/lane-weights.js';
import { spacesOf } from '../collections/space-questions.js';
import type { KnownSpaces } from '../known-spaces.js';
import type { Aheads, LiveSearch } from '../live-search.js';
import type { RerankService } from '../rerank.service.js';
import type { FoundRow } from './found-rows.js';
import { type Narrowed, narrow } from './narrow-rows.js';
import { bestFirst, groupsOfRows, textsOf } from './ranked-rows.js';
import type { RowQuestions, Way } from './row-questions.js';
import { Rows } from './rows-asked.js';
import { type Simulated, simulatedFault } from './simulated-faults.js';
import type { StatementRun } from './statement-run.js';

/** Rankings that are joined are longer than what is asked for. */
const LEAST_DEPTH = 50;
const DEPTHS = [1_000, SQL_LIMITS.rows];
/** Where a statement does not say how rankings are joined, what has proved itself in searches. */
const RRF_K = { usual: 10, asked: 60 };
const MMR_CANDIDATES = 5;
const RERANKED = 30;
const GROUP_DEPTH = 1_000;

/** What a statement ranks, and where. */
export interface RowsRanked {
  access: Access;
  query: BoundQuery;
  indexes: readonly NamedIndex[];
  /** So many of the best are wanted; of groups, so many groups. */
  k: number;
  /** So many are asked for at least. */
  fetch: number;
  simulated: Simulated;
  run: StatementRun;
}

export interface Ranked {
  /** In their order. */
  found: FoundRow[];
  /** There may be more. */
  hasMore: boolean;
  /** Their groups, where there are any: in the order of their best rows. */
  groups: Map<string, string> | undefined;
  warnings: SqlWarning[];
  /** How often each space had been lost. */
  losses: ReadonlyMap<string, string>;
}

/** By the ids of their collections. */
export type CollectionFailures = Map<string, Error>;

/** The questions as each space compares them. */
export type Asked = ReadonlyMap<string, Way[][]>;

/** The nearest rows of all collections together. */
export class RowSearch {
  constructor(
    private readonly database: Database,
    private readonly live: LiveSearch,
    private readonly questions: RowQuestions,
    private readonly spaces: KnownSpaces,
    private readonly reranking: RerankService,
  ) {}

  /** Makes the questions into what each space compares: before the rows are read, because it may take long. */
  async ask({ access, query, indexes, run }: RowsRanked, failed: CollectionFailures): Promise<Asked> {
    const spaces = spacesOf(indexes);
    const words = this.questions.wordsOf(access, query, spaces);
    words?.catch(() => undefined); // the spaces say so
    const one = async (space: string): Promise<Way[][]> => {
      if (!(await this.spaces.has(space))) return [];
      return this.questions.of(access, query, indexes.find((index) => index.space === space) as NamedIndex, words);
    };
    return this.patiently(spaces, one, { run, failed, collectionsOf: (space) => idsIn(indexes, space) });
  }

  /** Looks before there is a snapshot, where one question is asked in one space, and of every row: see `LiveSearch.ahead`. */
  async early(ranked: RowsRanked, asked: Asked, failed: CollectionFailures): Promise<Early | undefined> {
    const { access, query, run } = ranked;
    const indexes = ranked.indexes.filter(({ collectionId }) => !failed.has(collectionId));
    const [space, ...others] = spacesOf(indexes);
    const [ways = [], ...further] = (space !== undefined && asked.get(space)) || [];
    const isOne = others.length + further.length === 0 && !indexes.some((index) => simulatedFault(index, ranked.simulated));
    // What is to be exact takes longer than it would count.
    if (space === undefined || ways.length === 0 || !isOne || !isEveryRow(query.filter) || query.options.isExact) return undefined;
    const [conditions, limit] = [{ index_id: indexIdsIn(indexes, space) }, firstDepthOf(ranked)];
    const question = { space, conditions, limit, timings: {}, mustEndBy: run.answersBy, signal: run.signal };
    const vectors = ways.map(({ vector }) => vector);
    const startedAt = performance.now();
    const ahead = await this.live.ahead(access.scope, vectors, question);
    run.worked(idsIn(indexes, space), performance.now() - startedAt);
    return ahead && { ...question, ahead };
  }

  async rank(sql: Sql, ranked: RowsRanked, asked: Asked, failed: CollectionFailures, early: Early | undefined): Promise<Ranked> {
    const { query } = ranked;
    const ranking = query.ranking as Ranking;
    const narrowed = await this.narrowed(sql, ranked);
    if (narrowed === undefined) return { found: [], hasMore: false, groups: undefined, warnings: [], losses: new Map() };
    const losses = new Map<string, string>();
    const warnings: SqlWarning[] = [];
    const lists: List[] = [];
    for (const question of ranking.questions.keys())
      lists.push(await this.list(sql, { ...ranked, asked, narrowed, question, losses, failed, early }, warnings));
    warnings.push(...cutBy(asked).map(textWarning));
    const [first] = lists as [List];
    const said = { groups: undefined, warnings, losses };
    if (!ranking.isBatch) return query.groupBy.length === 0 ? { ...first, ...said } : { ...said, ...(await this.grouped(sql, ranked, first, warnings)) };
    if (!ranking.mergesBest) return { found: lists.flatMap(({ found }) => found), hasMore: false, ...said };
    const best = bestOfEach(lists.flatMap(({ found }) => found));
    const merged = await bestFirst(sql, await this.rowsOf(sql, ranked), best, ranked.k);
    return { found: merged, hasMore: best.length > merged.length || lists.some(({ hasMore }) => hasMore), ...said };
  }

  /** What one question ranks, the best first, as many as are wanted. */
  private async list(sql: Sql, searching: Searching, warnings: SqlWarning[]): Promise<List> {
    const { query, run } = searching;
    const ranking = query.ranking as Ranking;
    const wanted = candidatesOf(searching);
    const { fused, isWhole, isJoined } = await run.timed('search', () => this.deepEnough(sql, searching, wanted));
    const all = fused.map((one): FoundRow & Pick<Fused, 'pointId' | 'token'> => ({
      ...{ id: one.chunkId, distance: isJoined ? null : distanceOf(one.score), score: one.score },
      ...{ queryIndex: ranking.isBatch ? searching.question : null, pointId: one.pointId, token: one.token },
    }));
    const passing = all.filter((row) => passes(row, ranking.threshold));
    const best = await run.timed('join', async () => bestFirst(sql, await this.rowsOf(sql, searching), passing, wanted + 1));
    const hasMore = best.length > wanted || (!isWhole && passing.length === all.length);
    const head = best.slice(0, wanted) as typeof all;
    run.candidates += head.length;
    const ordered = await this.reordered(sql, searching, head, warnings);
    if (query.groupBy.length > 0) return { found: ordered, hasMore };
    return { found: ordered.slice(0, searching.k), hasMore: hasMore || ordered.length > searching.k };
  }

  /** Goes deeper until the order of the best is settled: rows that are equally near are all there, so that their names can order them. */
  private async deepEnough(sql: Sql, searching: Searching, wanted: number): Promise<{ fused: Fused[]; isWhole: boolean; isJoined: boolean }> {
    const { query } = searching;
    let last: { fused: Fused[]; isWhole: boolean; isJoined: boolean } = { fused: [], isWhole: true, isJoined: false };
    const joins = joinsOf(query);
    const first = firstDepthOf(searching);
    for (const depth of [first, ...DEPTHS.filter((deeper) => deeper > first)]) {
      const lanes = await this.lanes(sql, searching, depth);
      const isWhole = lanes.every((lane) => lane.isWhole);
      if (!joins && lanes.length <= 1) {
        last = { fused: fuse(lanes, { fusion: 'rrf', rrfK: RRF_K.asked }), isWhole, isJoined: false };
        const [edge, end] = [last.fused[wanted - 1], last.fused.at(-1)];
        if (isWhole || (edge !== undefined && end !== undefined && distanceOf(edge.score) !== distanceOf(end.score))) break;
        continue;
      }
      last = { fused: joined(lanes.map(withoutOpenTies), query), isWhole, isJoined: true };
      if (isWhole || last.fused.length > wanted) break;
    }
    return last;
  }

  /** One ranking for each model, and one by words. */
  private async lanes(sql: Sql, searching: Searching, depth: number): Promise<LaneRanking[]> {
    const { asked, indexes, simulated, run, failed, question } = searching;
    const left = indexes.filter(({ collectionId }) => !failed.has(collectionId));
    const faulty = left.filter((index) => simulatedFault(index, simulated) !== undefined);
    const healthy = left.filter((index) => !faulty.includes(index));
    const places = [...faulty.map(({ collectionId }) => collectionId), ...spacesOf(healthy).filter((space) => asked.has(space))];
    const one = (place: string, signal: AbortSignal): Promise<SpaceRanking[]> => {
      const index = faulty.find(({ collectionId }) => collectionId === place);
      const fault = index && simulatedFault(index, simulated);
      return fault === undefined ? this.inSpace(sql, searching, { space: place, indexes: healthy, question, depth, signal }) : fault(signal);
    };
    const collectionsOf = (place: string) => (faulty.some(({ collectionId }) => collectionId === place) ? [place] : idsIn(healthy, place));
    const found = await this.patiently(places, one, { run, failed, collectionsOf });
    return joinSpaces(found, depth);
  }

  private async inSpace(sql: Sql, searching: Searching, where: InSpace): Promise<SpaceRanking[]> {
    const { access, query, asked, narrowed, run, losses, early } = searching;
    const { space, indexes, question, depth, signal } = where;
    const indexIds = indexIdsIn(indexes, space);
    const ways = asked.get(space)?.[question] ?? [];
    if (ways.length === 0) return [];
    const conditions = { index_id: indexIds, ...narrowed.conditions };
    searching.early = undefined; // what failed is asked again, and what is deeper too
    const isEarly = early !== undefined && early.limit === depth && isDeepStrictEqual(early.conditions, conditions);
    const judged = isEarly ? this.live.judged(sql, access.scope, { space, conditions }, early.ahead) : undefined;
    const state = judged?.state ?? this.live.stateOf(sql, access.scope, { space, conditions });
    const asking = {
      space,
      conditions,
      wanted: narrowed.wanted,
      state,
      indexIds,
      limit: depth,
      timings: {},
      mustEndBy: run.endsBy,
      signal,
      isExact: query.options.isExact,
    };
    return Promise.all(
      ways.map(async ({ vector, ...way }) => {
        run.backendCalls++;
        const { losses: lost, refills, ...ranking } = await this.live.findChunks(sql, access.scope, { ...asking, vector, ahead: judged?.aheads.get(vector) });
        if (lost !== undefined) losses.set(space, lost);
        run.refills += refills;
        return { asked: way, ...ranking };
      }),
    );
  }

  /** What fails or is late is noted for its collections; a second try is made of what may have been chance. */
  private async patiently<T>(
    places: readonly string[],
    one: (place: string, signal: AbortSignal) => Promise<T>,
    { run, failed, collectionsOf }: Patiently,
  ): Promise<Map<string, T>> {
    const failures: Failures = new Map();
    const twice = (place: string, _until: number, signal: AbortSignal): Promise<T> =>
      one(place, signal).catch((error) => {
        if (!(error instanceof DependencyError) || error.dependency === 'pg' || signal.aborted) throw error;
        run.assertTime();
        run.retried(collectionsOf(place));
        return one(place, signal);
      });
    const { answersBy } = run;
    const timed = async (place: string, until: number, signal: AbortSignal): Promise<T> => {
      const startedAt = performance.now();
      try {
        return await twice(place, until, signal);
      } finally {
        run.worked(collectionsOf(place), performance.now() - startedAt);
      }
    };
    const found = await askSpaces(places, timed, { failures, signal: run.signal, answersBy, mustEndBy: answersBy });
    for (const [place, error] of failures) for (const id of collectionsOf(place)) failed.set(id, error);
    return found;
  }

  private async narrowed(sql: Sql, ranked: RowsRanked): Promise<Narrowed | undefined> {
    if (isEveryRow(ranked.query.filter)) return { conditions: {}, wanted: undefined };
    const { scope } = ranked.access;
    const rows = await Rows.of(sql, scope, { indexes: ranked.indexes, filter: ranked.query.filter }, ranked.run);
    ranked.run.backendCalls += rows.calls + 1;
    return narrow(sql, rows);
  }

  /** Whatever was found already passed the filter. */
  private rowsOf(sql: Sql, ranked: RowsRanked): Promise<Rows> {
    return Rows.of(sql, ranked.access.scope, { indexes: ranked.indexes, filter: EVERY_ROW }, ranked.run);
  }

  /** What was lost since, the snapshot does not know: asked after it, because nobody waits for a second connection while he holds one. Answers whether something was. */
  async wasLost({ indexes, run }: RowsRanked, { losses }: Ranked, failed: CollectionFailures): Promise<boolean> {
    const failedBefore = failed.size;
    const one = async (space: string) => void (await assertWhole(this.database, space, losses.get(space)));
    await this.patiently([...losses.keys()], one, { run, failed, collectionsOf: (space) => idsIn(indexes, space) });
    return failed.size > failedBefore;
  }

  /** By a reranker, or so that they differ. */
  private async reordered<Row extends FoundRow & Pick<Fused, 'pointId' | 'token'>>(
    sql: Sql,
    searching: Searching,
    rows: Row[],
    warnings: SqlWarning[],
  ): Promise<Row[]> {
    const { query, access, run, question } = searching;
    const { rerank, questions } = query.ranking as Ranking;
    if (rerank === undefined || rows.length === 0) return rows;
    if (rerank.kind === 'mmr') {
      const values = await readLiveValues(sql, access.scope, 'vector', rows);
      const vectors = new Map(values.map(({ pointId, bytes }) => [pointId, floatsOf(bytes)]));
      return diversify(
        rows.map(({ score, pointId }) => ({ score, vector: vectors.get(pointId) })),
        1 - rerank.lambda,
      ).map((at) => rows[at] as Row);
    }
    const ask = questions[question];
    if (ask?.kind !== 'text') {
      warnings.push({ code: 'W_RERANK', message: 'There is no text to compare the rows with, so they were not reranked.' });
      return rows;
    }
    const head = rows.slice(0, rerank.top ?? RERANKED);
    const texts = await textsOf(sql, await this.rowsOf(sql, searching), head);
    try {
      const task = { query: ask.text, documents: head.map(({ id }) => texts.get(id) || ' '), signal: run.signal, mustEndBy: run.answersBy };
      const { scores, warnings: said } = await this.reranking.scoresOf(task, rerank.model);
      warnings.push(...said.map(({ message }) => ({ code: 'W_RERANK', message })));
      const order = [...head.keys()].sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
      return [...order.map((at) => ({ ...(head[at] as Row), score: scores[at] as number })), ...rows.slice(head.length)];
    } catch (error) {
      if (!(error instanceof DependencyError)) throw error;
      warnings.push({ code: 'W_RERANK', message: 'No worker could rerank the rows; they stand in the order of the search.' });
      return rows;
    }
  }

  /** The groups by their best rows, of each so many rows as are asked for. */
  private async grouped(sql: Sql, ranked: RowsRanked, { found, hasMore }: List, warnings: SqlWarning[]): Promise<Pick<Ranked, 'found' | 'hasMore' | 'groups'>> {
    const { query, k } = ranked;
    const most = (query.ranking as Ranking).groupSize ?? 1;
    const groupsOf = await groupsOfRows(sql, await this.rowsOf(sql, ranked), query, found);
    const groups = new Map<string, FoundRow[]>();
    const groupOf = new Map<string, string>();
    for (const row of found)
      for (const group of groupsOf.get(row.id) ?? []) {
        const rows = groups.get(group) ?? [];
        if (rows.length >= most || groupOf.has(row.id)) continue;
        groups.set(group, [...rows, row]);
        groupOf.set(row.id, group);
      }
    if (hasMore && groups.size < k)
      warnings.push({ code: 'W_GROUPS', message: `Only the ${found.length} best rows were grouped: there may be more groups, and more rows of these.` });
    const kept = [...groups.values()].slice(0, k);
    return { found: kept.flat(), hasMore: groups.size > k, groups: groupOf };
  }
}

const joinsOf = ({ mode, ranking }: BoundQuery): boolean => mode === 'hybrid' || ranking?.fusion !== undefined;

/** How deep rankings are made at first. */
const firstDepthOf = (ranked: RowsRanked): number =>
  Math.min(SQL_LIMITS.rows, Math.max(candidatesOf(ranked) + 1, ranked.fetch + 1, joinsOf(ranked.query) ? LEAST_DEPTH : 0));

/** So many are looked at, of which the best are answered. */
export function candidatesOf({ query, k }: Pick<RowsRanked, 'query' | 'k'>): number {
  const { rerank, groupSize } = query.ranking as Ranking;
  if (query.groupBy.length > 0) return Math.min(SQL_LIMITS.rows, Math.max(GROUP_DEPTH, k * (groupSize ?? 1) * MMR_CANDIDATES));
  if (rerank?.kind === 'mmr') return Math.min(SQL_LIMITS.rows, Math.max(k, rerank.candidates ?? MMR_CANDIDATES * k));
  return rerank === undefined ? k : Math.max(k, rerank.top ?? RERANKED);
}

const cutBy = (asked: Asked): string[] => [...new Set([...asked.values()].flat(2).flatMap((way) => way.cutBy ?? []))];
const textWarning = (model: string): SqlWarning => ({ code: 'W_TEXT', message: `A text is longer than ${model} reads: its end changes nothing.` });

type List = Pick<Ranked, 'found' | 'hasMore'>;

interface Searching extends RowsRanked {
  asked: Asked;
  narrowed: Narrowed;
  question: number;
  losses: Map<string, string>;
  failed: CollectionFailures;
  /** For whoever asks first. */
  early: Early | undefined;
}

/** What was looked for before there was a snapshot. */
export interface Early {
  conditions: { index_id: string[] };
  limit: number;
  ahead: Aheads;
}

interface InSpace {
  space: string;
  indexes: readonly NamedIndex[];
  question: number;
  depth: number;
  signal: AbortSignal;
}

interface Patiently {
  run: StatementRun;
  failed: CollectionFailures;
  collectionsOf: (place: string) => string[];
}

const idsIn = (indexes: readonly NamedIndex[], space: string): string[] =>
  indexes.filter((index) => index.space === space).map(({ collectionId }) => collectionId);

const indexIdsIn = (indexes: readonly NamedIndex[], space: string): string[] => indexes.filter((index) => index.space === space).map(({ indexId }) => indexId);

/** Rounded before anything is ordered by it, so that equal texts are equally near everywhere. */
const distanceOf = (score: number): number => Math.max(0, Math.round((1 - score) * 1e6) / 1e6);

function passes({ distance, score }: FoundRow, threshold: Ranking['threshold']): boolean {
  if (threshold === undefined) return true;
  return threshold.kind === 'score' ? score >= threshold.value : distance !== null && distance <= threshold.value;
}

function joined(lanes: LaneRanking[], query: BoundQuery): Fused[] {
  const { fusion } = query.ranking as Ranking;
  if (fusion === undefined && query.mode === 'hybrid') return fuse(weighed(lanes), { fusion: 'auto', rrfK: RRF_K.usual });
  const [dense, sparse] = fusion?.weights ?? [1, 1];
  const counted = lanes.map((lane) => ({ ...lane, weight: lane.lane === 'sparse' ? sparse : dense }));
  return fuse(counted, { fusion: fusion?.method === 'DBSF' ? 'dbsf' : 'rrf', rrfK: fusion?.k ?? RRF_K.asked });
}

/** Of a row that several questions found, the nearest. */
function bestOfEach(found: readonly FoundRow[]): FoundRow[] {
  const best = new Map<string, FoundRow>();
  for (const row of found) {
    const known = best.get(row.id);
    if (known === undefined || isBetter(row, known)) best.set(row.id, row);
  }
  return [...best.values()];
}

function isBetter(one: FoundRow, other: FoundRow): boolean {
  return one.distance !== null && other.distance !== null ? one.distance < other.distance : one.score > other.score;
}
