import {
  type Access,
  CairnError,
  type CursorSeal,
  type Database,
  DependencyError,
  floatsOf,
  type Logger,
  type NamedIndex,
  namedIndexes,
  type Sql,
  type SqlDto,
} from '@cairn/common';
import {
  asksForMany,
  type BoundQuery,
  bindSql,
  DEFAULTS,
  type Describe,
  EVERY_ROW,
  isNoRow,
  type KnownCollection,
  NO_ROW,
  type Params,
  parseSql,
  type Ranking,
  type Routed,
  routeTargets,
  type Select,
  SQL_LIMITS,
  SqlError,
  type SqlWarning,
  type Target,
} from '@cairn/retrieval/sql';
import { LateError } from '../collections/ask-spaces.js';
import type { SearchMetrics } from '../search-metrics.js';
import type { Turns } from '../turns.js';
import { type AnswerStream, answerStream, inPages } from './answer-stream.js';
import { countGroups } from './count-groups.js';
import { describeRows } from './describe-target.js';
import type { FoundRow } from './found-rows.js';
import { type ListedRows, listRows, type Slice } from './list-rows.js';
import { planView } from './plan-view.js';
import type { Ended, FailedTarget, Prepared } from './prepared.js';
import type { RowQuestions } from './row-questions.js';
import type { Asked, CollectionFailures, Early, Ranked, RowSearch, RowsRanked } from './row-search.js';
import { type RowStreams, STREAM_SECONDS } from './row-streams.js';
import { Rows } from './rows-asked.js';
import { NO_FAULTS, type Simulated } from './simulated-faults.js';
import type { SqlAnswer } from './sql-answer.js';
import { type ReadCatalogue, readCatalogue } from './sql-catalogue.js';
import { problemOf } from './sql-problem.js';
import { StatementCursor } from './statement-cursor.js';
import { StatementRun, tooLate } from './statement-run.js';
import { StatementsAtOnce } from './statements-at-once.js';

const TIMEOUT_MS = 10_000;
const AT_ONCE = { ofEach: 8, ofAll: Number.POSITIVE_INFINITY };
/** A statement of Postgres takes no longer. */
const STATEMENT_SECONDS = 10;

/** `count` of them are counted from page to page: rows, or groups of rows. */
type Shown = Pick<ListedRows, 'rows' | 'collectionIds'> & { count: number };
type Found = Pick<SqlAnswer, 'rows' | 'truncated' | 'next_cursor'> & { failed: FailedTarget[]; warnings: SqlWarning[] };
const NOTHING: Found = { rows: [], truncated: false, next_cursor: null, failed: [], warnings: [] };

/** Answers statements. */
export class SqlService {
  private readonly atOnce = new StatementsAtOnce(AT_ONCE);

  constructor(
    private readonly database: Database,
    private readonly streams: RowStreams,
    private readonly questions: RowQuestions,
    private readonly searches: RowSearch,
    private readonly seal: CursorSeal,
    private readonly turns: Turns,
    private readonly metrics: Pick<SearchMetrics, 'routed'>,
    private readonly logger: Logger,
    private readonly simulatesFaults: boolean,
  ) {}

  answer(access: Access, dto: SqlDto, signal: AbortSignal): Promise<SqlAnswer> {
    const { orgId } = access.scope;
    return this.atOnce.take(orgId, () => this.turns.take(orgId, signal, (waitedMs) => this.answered(access, dto, new StatementRun(signal, waitedMs))));
  }

  /** For forms that are sent as they are made: there rows may be many more. */
  async stream(access: Access, dto: SqlDto, signal: AbortSignal): Promise<AnswerStream> {
    const statement = statementOfMany(dto);
    if (statement === undefined) {
      const answer = await this.answer(access, dto, signal);
      return answerStream(() => answer, inPages(answer.rows));
    }
    try {
      return await this.many(access, statement, dto, new StatementRun(signal, 0));
    } catch (error) {
      throw problemOf(error, dto.query);
    }
  }

  private async many(access: Access, statement: Select, dto: SqlDto, run: StatementRun): Promise<AnswerStream> {
    run.within(STREAM_SECONDS * 1_000);
    let prepared: Prepared | undefined;
    const { next, pages } = await this.streams.open(access.scope, run, async (sql) => {
      prepared = await this.prepared(sql, access, statement, dto, { run, isStreamed: true });
      return runs(prepared) ? { ...prepared, slice: sliceOf(prepared) } : undefined;
    });
    const ready = prepared as Prepared;
    const found = { ...NOTHING, next_cursor: next === undefined ? null : ready.cursor.make({ row: next }) };
    return answerStream(() => answerTo(ready, found, { texts: 0, run }), pagesOf(pages, ready.query, dto));
  }

  private async answered(access: Access, dto: SqlDto, run: StatementRun): Promise<SqlAnswer> {
    try {
      const statement = run.timed('parse', () => parseSql(dto.query));
      run.within(TIMEOUT_MS);
      return statement.kind === 'describe' ? await this.describe(access, statement, run) : await this.select(access, statement, dto, run);
    } catch (error) {
      throw problemOf(error, dto.query);
    }
  }

  /** Where another index took over while the questions were embedded, the statement begins anew: the old one is not to be asked, and the new one cannot be yet. */
  private async select(access: Access, statement: Select, dto: SqlDto, run: StatementRun): Promise<SqlAnswer> {
    for (;;) {
      const answer = await this.once(access, statement, dto, run);
      if (answer !== undefined) return answer;
      run.assertTime();
    }
  }

  private async once(access: Access, statement: Select, dto: SqlDto, run: StatementRun): Promise<SqlAnswer | undefined> {
    const [prepared, listed] = await this.database.tenantSnapshot(
      access.scope,
      async (sql) => {
        const ready = await this.prepared(sql, access, statement, dto, { run });
        const lists = (runs(ready) || countsNothing(ready)) && ready.query.ranking === undefined;
        return [ready, lists ? await this.list(sql, access, ready, run) : undefined] as const;
      },
      STATEMENT_SECONDS,
    );
    const { query } = prepared;
    const texts = query.ranking === undefined ? 0 : await this.questions.check(query, prepared.indexes);
    const found = listed ?? (runs(prepared) ? await this.rank(access, prepared, texts, run) : NOTHING);
    return found && answerTo(prepared, found, { texts, run });
  }

  private async prepared(sql: Sql, access: Access, statement: Select, dto: SqlDto, { run, isStreamed }: Preparing): Promise<Prepared> {
    const prepare = (read: ReadCatalogue) => run.timed('plan', () => this.prepare(access, statement, dto, { ...read, isStreamed }));
    const names = statement.from?.map(({ text }) => text);
    const ready = await withNames(sql, access, names, prepare);
    if (ready.query.options.timeoutMs !== undefined) run.within(ready.query.options.timeoutMs);
    return ready;
  }

  private prepare(access: Access, statement: Select, dto: SqlDto, { catalogue, indexes, isStreamed }: ReadCatalogue & Pick<Preparing, 'isStreamed'>): Prepared {
    const params = paramsOf(dto);
    const query = bindSql(statement, { params, catalogue, isStreamed: isStreamed ?? false, mergesByRank: mergesByRank(dto) });
    const routed = routeTargets(query.targets, query.filter, { isStrict: query.options.isStrict ?? isStrict(dto) });
    const isFolded = isNoRow(query.filter) || query.limit === 0 || routed.targets.length === 0;
    if (!isFolded && routed.targets.length > SQL_LIMITS.targets)
      throw new SqlError(
        'E_LIMIT',
        `${routed.targets.length} collections would be asked, and a statement asks ${SQL_LIMITS.targets} at most.`,
        statement.askedAt,
        {
          hint: 'Name fewer of them, or add a condition by which they are routed.',
        },
      );
    this.note(access, routed);
    const cursor = new StatementCursor<Ended>(this.seal, access.scope.orgId, statement, params);
    return {
      ...{ statement, query, routed, isFolded, cursor },
      indexes: isFolded ? [] : routed.targets.map(({ id }) => indexes.get(id) as NamedIndex),
      simulated: this.simulated(dto),
      fetch: Math.max(query.ranking?.k ?? 0, query.options.candidates ?? dto.n_results_per_collection ?? 0),
      after: query.after && cursor.open(query.after),
    };
  }

  /** Without the statement: it may hold anything. */
  private note({ scope }: Access, { targets, pruned, route }: Routed): void {
    this.metrics.routed(targets.length, pruned.length);
    for (const { family, field, decision } of route)
      this.logger.info({ orgId: scope.orgId, family, field, decision, kept: targets.length, pruned: pruned.length }, 'a statement was routed');
  }

  private simulated({ simulate }: SqlDto): Simulated {
    if (simulate === undefined) return NO_FAULTS;
    if (this.simulatesFaults) return { fail: simulate.fail ?? [], hang: simulate.hang ?? [] };
    throw new CairnError('bad_request', 'simulate is for tests: it is switched off here.', { errors: [{ path: 'simulate', message: 'is switched off here' }] });
  }

  // Rows and groups that nothing is ranked for: Postgres alone answers.

  private async list(sql: Sql, { scope }: Access, prepared: Prepared, run: StatementRun): Promise<Found> {
    const { query, indexes, after, cursor } = prepared;
    const filter = prepared.isFolded ? NO_ROW : query.filter;
    const rows = await run.timed('search', () => Rows.of(sql, scope, { indexes, filter }, run));
    run.backendCalls += prepared.isFolded ? 0 : rows.calls + 1;
    if (query.mode === 'aggregate') {
      const limit = query.limit ?? DEFAULTS.limit.aggregate;
      const offset = startOf(query, after);
      const groups = await run.timed('search', () => countGroups(sql, rows, query, { limit, offset }));
      const next = groups.hasMore ? cursor.make({ count: offset + limit }) : null;
      return { ...NOTHING, rows: named(query, groups.rows), truncated: groups.hasMore && query.limit === undefined, next_cursor: next };
    }
    const listed = await run.timed('search', () => listRows(sql, rows, query, sliceOf(prepared)));
    run.shown(listed.collectionIds);
    const next = listed.next === undefined ? null : cursor.make({ row: listed.next });
    return { ...NOTHING, rows: named(query, listed.rows), truncated: listed.next !== undefined && query.limit === undefined, next_cursor: next };
  }

  // Rows that are ranked.

  private async rank(access: Access, prepared: Prepared, texts: number, run: StatementRun): Promise<Found | undefined> {
    const { query, indexes, fetch, after, cursor, simulated } = prepared;
    const ranking = query.ranking as Ranking;
    const start = startOf(query, after);
    const k = after === undefined ? ranking.k : start + (query.limit ?? ranking.k);
    if (k > SQL_LIMITS.rows) return NOTHING;
    const ranked: RowsRanked = { access, query, indexes, k, fetch: Math.max(fetch, k), simulated, run };
    const failed: CollectionFailures = new Map();
    run.embeddedTexts = texts;
    const asked = await run.timed('embed', () => this.searches.ask(ranked, failed));
    const shown = await this.whole(ranked, failed, asked, async (sql, early) => {
      const best = await this.searches.rank(sql, ranked, asked, failed, early);
      return [best, await run.timed('join', () => this.shown(sql, ranked, best, start))];
    });
    if (shown === undefined) return undefined;
    const [found, listed] = shown;
    run.shown(listed.collectionIds);
    const failures = failedTargets(prepared, failed, query.options.onFailure);
    const pages = query.order.length === 0 && (!ranking.isBatch || ranking.mergesBest) && failures.length === 0 && ranking.hasPages;
    const end = start + listed.count;
    const isEnd = !found.hasMore && (found.groups === undefined ? found.found.length : new Set(found.groups.values()).size) <= end;
    return {
      ...{ rows: named(query, listed.rows), truncated: false, failed: failures, warnings: found.warnings },
      next_cursor: pages && !isEnd && listed.count > 0 ? cursor.make({ count: end }) : null,
    };
  }

  /** Where vectors were lost meanwhile, it is done anew without them. */
  private async whole(
    ranked: RowsRanked,
    failed: CollectionFailures,
    asked: Asked,
    rank: (sql: Sql, early: Early | undefined) => Promise<[Ranked, Shown]>,
  ): Promise<[Ranked, Shown] | undefined> {
    for (;;) {
      const ranks = await this.database.tenantSnapshot(
        ranked.access.scope,
        async (sql) => {
          const early = await ranked.run.timed('search', () => this.searches.early(ranked, asked, failed));
          // All at once: that they serve no more is rare, and then nothing counts of what was ranked.
          const [serve, best] = await Promise.allSettled([stillServe(sql, ranked), rank(sql, early)]);
          if (serve.status === 'rejected') throw serve.reason;
          if (!serve.value) return undefined;
          if (best.status === 'rejected') throw best.reason;
          return best.value;
        },
        STATEMENT_SECONDS,
      );
      if (ranks === undefined || !(await this.searches.wasLost(ranked, ranks[0], failed))) return ranks;
      ranked.run.assertTime();
    }
  }

  /** What was ranked, as the statement shows it. */
  private async shown(sql: Sql, { access, query, indexes, run }: RowsRanked, { found, groups }: Ranked, start: number): Promise<Shown> {
    if (found.length === 0) return { rows: [], collectionIds: [], count: 0 };
    const { mergesBest } = query.ranking as Ranking;
    const limit = query.limit ?? SQL_LIMITS.rows;
    const list = async (of: readonly FoundRow[], slice: Slice) =>
      listRows(sql, await Rows.of(sql, access.scope, { indexes, filter: EVERY_ROW }, run), query, slice, of);
    if (groups !== undefined) return ofGroups(await list(found, { limit: found.length, offset: 0 }), groups, { limit, offset: start });
    const lists = [];
    for (const question of new Set(found.map(({ queryIndex }) => queryIndex)))
      lists.push(await list(mergesBest ? found : found.filter(({ queryIndex }) => queryIndex === question), { limit, offset: start }));
    const kept = mergesBest ? lists.slice(0, 1) : lists;
    const rows = kept.flatMap((one) => one.rows);
    return { rows, collectionIds: kept.flatMap((one) => one.collectionIds), count: rows.length };
  }

  private describe(access: Access, { target }: Describe, run: StatementRun): Promise<SqlAnswer> {
    return this.database.tenantSnapshot(
      access.scope,
      async (sql) => {
        const asked = await withNames(sql, access, [target.text], ({ catalogue, indexes }) =>
          membersOf(catalogue.find(target.text, target.span)).map(({ id }) => indexes.get(id) as NamedIndex),
        );
        const rows = await Rows.of(sql, access.scope, { indexes: asked, filter: EVERY_ROW }, run);
        const { paths, isSample } = await run.timed('search', () => describeRows(sql, rows));
        run.backendCalls++;
        return {
          columns: [
            { name: 'column', type: 'text' },
            { name: 'types', type: 'json' },
            { name: 'rows', type: 'number' },
          ],
          rows: paths.map((path) => ({ ...path })),
          mode: 'describe',
          collections_queried: asked.map(({ collectionName }) => collectionName).sort(),
          ...{ failed_collections: [], partial: false, truncated: false, next_cursor: null },
          warnings: isSample ? [{ code: 'W_SAMPLE', message: 'There are more rows than were looked at: the counts are those of some of them.' }] : [],
          stats: run.stats(0),
        };
      },
      STATEMENT_SECONDS,
    );
  }
}

interface Preparing {
  run: StatementRun;
  isStreamed?: boolean | undefined;
}

function answerTo(prepared: Prepared, found: Found, { texts, run }: { texts: number; run: StatementRun }): SqlAnswer {
  const { query, routed, isFolded } = prepared;
  const plan = query.explain === 'none' ? {} : { plan: planView(prepared, { texts, run, failed: found.failed }) };
  return {
    columns: query.outputs.map(({ name, type }) => ({ name, type })),
    rows: found.rows,
    mode: query.mode,
    collections_queried: isFolded ? [] : routed.targets.map(({ name }) => name),
    failed_collections: found.failed,
    partial: found.failed.length > 0,
    truncated: found.truncated,
    next_cursor: found.next_cursor,
    warnings: [...query.warnings, ...routed.warnings, ...found.warnings],
    stats: run.stats(routed.pruned.length),
    ...plan,
  };
}

/** Undefined where it asks for no more than an answer in one piece has, or is wrong: whoever answers it says so. */
function statementOfMany(dto: SqlDto): Select | undefined {
  try {
    const statement = parseSql(dto.query);
    return statement.kind === 'select' && asksForMany(statement, paramsOf(dto)) ? statement : undefined;
  } catch {
    return undefined;
  }
}

async function* pagesOf(pages: AsyncIterable<ListedRows>, query: BoundQuery, dto: SqlDto): AsyncGenerator<SqlAnswer['rows']> {
  try {
    for await (const { rows } of pages) yield named(query, rows);
  } catch (error) {
    throw problemOf(error, dto.query);
  }
}

/** Of nothing, too, there is a count. */
const countsNothing = ({ query, isFolded }: Prepared): boolean => isFolded && query.explain !== 'plan' && query.mode === 'aggregate' && query.limit !== 0;

const runs = ({ query, isFolded }: Prepared): boolean => query.explain !== 'plan' && !isFolded;

/** Of rows that nothing ranks. */
function sliceOf({ query, after }: Prepared): Slice {
  return { limit: query.limit ?? DEFAULTS.limit.filter, offset: query.offset, after: after !== undefined && 'row' in after ? after.row : undefined };
}

const startOf = ({ offset }: BoundQuery, after: Ended | undefined): number => (after !== undefined && 'count' in after ? after.count : offset);

/** Reads what is named, and all that there is only where a name is wrong: then the nearest one is told. */
async function withNames<T>(sql: Sql, access: Access, names: readonly string[] | undefined, use: (read: ReadCatalogue) => T): Promise<T> {
  try {
    return use(await readCatalogue(sql, access, names));
  } catch (error) {
    if (names === undefined || !(error instanceof SqlError) || error.code !== 'E_NAME') throw error;
    return use(await readCatalogue(sql, access));
  }
}

/** Whether the collections are there for the caller as they were, and are searched by the same indexes. */
async function stillServe(sql: Sql, { access, indexes }: RowsRanked): Promise<boolean> {
  const ids = indexes.map(({ collectionId }) => collectionId);
  const serving = new Set((await namedIndexes(sql, access, { names: [], ids })).map(({ indexId }) => indexId));
  return indexes.every(({ indexId }) => serving.has(indexId));
}

/** By the names of the items, in their order. */
function named({ outputs }: BoundQuery, rows: unknown[][]): Record<string, unknown>[] {
  return rows.map((row) =>
    Object.fromEntries(outputs.map(({ name }, at) => [name, row[at] instanceof Buffer ? Array.from(floatsOf(row[at])) : (row[at] ?? null)])),
  );
}

/** The rows of so many groups, which come in the order of their first rows. */
function ofGroups({ rows, ids, collectionIds }: ListedRows, groups: ReadonlyMap<string, string>, { limit, offset }: Slice): Shown {
  const groupOf = (at: number) => groups.get(ids[at] as string) as string;
  const shown = new Set([...new Set(ids.map((_, at) => groupOf(at)))].slice(offset, offset + limit));
  const isShown = (_: unknown, at: number) => shown.has(groupOf(at));
  return { rows: rows.filter(isShown), collectionIds: collectionIds.filter(isShown), count: shown.size };
}

/** What an answer lacks; ends the statement where nothing is left of it, or nothing may be missing. */
function failedTargets({ indexes }: Prepared, failures: CollectionFailures, onFailure: 'partial' | 'fail' | undefined): FailedTarget[] {
  const failed = indexes.flatMap(({ collectionId, collectionName }) => {
    const error = failures.get(collectionId);
    return error === undefined ? [] : [failedTarget(collectionName, error)];
  });
  const [first] = failed;
  if (first === undefined) return [];
  if (failed.length === indexes.length) {
    if (failed.every(({ code }) => code === 'E_EXEC_TIMEOUT')) throw tooLate();
    const none = failed.length === 1 ? 'The collection could not' : `None of the ${failed.length} collections could`;
    throw new CairnError('E_EXEC_ALL', `${none} be asked; ${first.collection}: ${first.detail}`, { retryAfterSeconds: 2 });
  }
  if (onFailure !== 'fail') return failed;
  throw new CairnError('E_EXEC_PARTIAL', `${failed.length} of the ${indexes.length} collections could not be asked; ${first.collection}: ${first.detail}`, {
    retryAfterSeconds: 2,
  });
}

function failedTarget(collection: string, error: Error): FailedTarget {
  if (error instanceof LateError) return { collection, code: 'E_EXEC_TIMEOUT', detail: 'It did not answer in time.', retriable: true };
  const isOutage = error instanceof DependencyError;
  const detail = isOutage
    ? 'It cannot be asked right now. Send the statement again in a moment.'
    : error instanceof CairnError
      ? error.message
      : 'It could not be asked.';
  return { collection, code: 'E_EXEC_UNAVAILABLE', detail, retriable: isOutage };
}

function membersOf(target: Target): readonly KnownCollection[] {
  return target.kind === 'family' ? target.family.members : [target.collection];
}

function isStrict({ strict, fallback_to_all: fallsBack }: SqlDto): boolean {
  if (strict !== undefined && strict === fallsBack)
    throw new CairnError('bad_request', 'strict and fallback_to_all are opposites, and both are the same here. Send one of them.');
  return strict ?? (fallsBack === undefined ? false : !fallsBack);
}

function mergesByRank({ merge_strategy: strategy = 'distance' }: SqlDto): boolean {
  if (strategy === 'distance' || strategy === 'rrf') return strategy === 'rrf';
  throw new CairnError('bad_request', 'merge_strategy is "distance" or "rrf".', { errors: [{ path: 'merge_strategy', message: 'is neither' }] });
}

function paramsOf({ params }: SqlDto): Params | undefined {
  if (params === undefined || Array.isArray(params)) return params;
  if (typeof params === 'object' && params !== null) return params as Params;
  throw new CairnError('bad_request', 'params must be a list, or an object by the names of the parameters.', {
    errors: [{ path: 'params', message: 'is neither' }],
  });
}
