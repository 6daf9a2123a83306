import {
  type Access,
  type AnalyticsFilter,
  type AskedQuery,
  type Database,
  isQueryLogOn,
  latencyByStage,
  listQueries,
  putQueryLog,
  type SearchSummary,
  type Sql,
  searchesByDay,
  servingIndexes,
  summariseSearches,
  type TenantScope,
} from '@cairn/common';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';
import type { AnalyticsDto, ListQueriesDto, PutAnalyticsSettingsDto } from './analytics.dto.js';
import { periodOf } from './period.js';

/** Postgres ends what takes longer to read. */
const READ_SECONDS = 10;
const QUERIES = 20;

/** Says how the organisation searches, of what its searches left behind. */
export class AnalyticsService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
  ) {}

  async summary(access: Access, dto: AnalyticsDto): Promise<object> {
    return summaryAnswer(await this.read(access, dto, (sql, filter) => summariseSearches(sql, access, filter)));
  }

  async queries(access: Access, { kind = 'top', limit = QUERIES, ...dto }: ListQueriesDto): Promise<{ queries: object[] }> {
    const queries = await this.read(access, dto, (sql, filter) => listQueries(sql, access, { ...filter, kind, limit }));
    return { queries: queries.map(queryAnswer) };
  }

  async traffic(access: Access, dto: AnalyticsDto): Promise<{ days: object[] }> {
    const days = await this.read(access, dto, (sql, filter) => searchesByDay(sql, access, filter));
    return { days: days.map(({ date, searches, users, zeroResults }) => ({ date, searches, unique_users: users, zero_results: zeroResults })) };
  }

  async latency(access: Access, dto: AnalyticsDto): Promise<{ stages: object[] }> {
    return { stages: await this.read(access, dto, (sql, filter) => latencyByStage(sql, access, filter)) };
  }

  async settings(scope: TenantScope): Promise<object> {
    return { query_log: await this.database.tenant(scope, (sql) => isQueryLogOn(sql, scope)) };
  }

  putSettings(request: WriteRequest, { query_log: isOn }: PutAnalyticsSettingsDto): Promise<object> {
    return this.writes.transaction(request, 200, async (sql) => {
      await putQueryLog(sql, request.scope, isOn);
      return { query_log: isOn };
    });
  }

  private read<T>(
    access: Access,
    { start_date: from, end_date: to, collection_id: name, assistant }: AnalyticsDto,
    work: (sql: Sql, filter: AnalyticsFilter) => Promise<T>,
  ) {
    const period = periodOf(['start_date', from], ['end_date', to]);
    const read = async (sql: Sql) => {
      const [index] = name === undefined ? [] : await servingIndexes(sql, access, [name]);
      return work(sql, { ...period, collectionId: index?.collectionId, assistant });
    };
    return this.database.tenantSnapshot(access.scope, read, READ_SECONDS);
  }
}

function summaryAnswer({ searches, users, zeroResults, latency, documents }: SearchSummary): object {
  return {
    searches,
    chat_messages: null,
    sessions: null,
    unique_users: users,
    zero_results: zeroResults,
    zero_result_rate: searches === 0 ? null : (100 * zeroResults) / searches,
    no_answers: null,
    no_answer_rate: null,
    documents,
    webpages: null,
    ratings: { count: null, average: null },
    latency_ms: latency ?? { p50: null, p95: null, p99: null },
    tokens: null,
    gpu_seconds: null,
  };
}

function queryAnswer({ query, count, lastAt, results, ms }: AskedQuery): object {
  return { query, count, last_at: lastAt, results, ms };
}
