import { type Access, roleSql, roleValues } from '../collections/access.js';
import type { Sql, Statement } from '../data/database.js';

/** Which searches are counted. */
export interface AnalyticsFilter {
  /** 30 days before the end when left out. */
  from?: string | undefined;
  /** Now when left out; what was then is not counted. */
  to?: string | undefined;
  /** Only those that looked in it, whatever else they looked in. */
  collectionId?: string | undefined;
  /** Only those that this assistant made. */
  assistant?: string | undefined;
}

export interface Latency {
  p50: number;
  p95: number;
  p99: number;
}

export interface SearchSummary {
  searches: number;
  users: number;
  zeroResults: number;
  /** Null where nothing was searched. */
  latency: Latency | null;
  /** What there is to find now. */
  documents: number;
}

export const QUERY_KINDS = ['top', 'zero', 'slow'] as const;
export type QueryKind = (typeof QUERY_KINDS)[number];

/** One question, however often it was asked. */
export interface AskedQuery {
  query: string;
  count: number;
  lastAt: Date;
  /** Of the last time. */
  results: number;
  /** Of the slowest time. */
  ms: number;
}

export interface DayOfSearches {
  /** As in 2026-01-31, in UTC. */
  date: string;
  searches: number;
  users: number;
  zeroResults: number;
}

export interface StageLatency extends Latency {
  stage: string;
  searches: number;
}

const MAY_READ = `SELECT c.id FROM collections c WHERE c.org_id = $1 AND ${roleSql('c', 2)} IS NOT NULL`;

/**
 * Searches of the time, the collection and the assistant that are asked for ($4 to $7; none is made by an assistant yet), as far as the caller may see them: a question tells of everything that it was
 * asked of, so only who may read all of that sees it.
 */
const SEEN = `seen AS (SELECT e.* FROM search_events e WHERE e.org_id = $1
    AND e.at >= coalesce($4::timestamptz, coalesce($5::timestamptz, statement_timestamp()) - interval '30 days') AND e.at < coalesce($5::timestamptz, statement_timestamp())
    AND ($6::uuid IS NULL OR e.collections @> ARRAY[$6::uuid]) AND $7::text IS NULL
    AND (($2::bigint IS NULL AND $3::uuid[] IS NULL)
      OR NOT EXISTS (SELECT FROM unnest(e.collections) AS looked(id) WHERE looked.id NOT IN (${MAY_READ}))))`; // looked up in a hash: <@ would compare each with each

const percentilesOf = (value: string): string => {
  const percentile = (share: number) => `percentile_cont(${share}) WITHIN GROUP (ORDER BY ${value})`;
  return `jsonb_build_object('p50', ${percentile(0.5)}, 'p95', ${percentile(0.95)}, 'p99', ${percentile(0.99)})`;
};

const SUMMARY: Statement = {
  name: 'summarise_searches',
  text: `WITH ${SEEN}
    SELECT count(*)::int AS searches, count(DISTINCT user_id)::int AS users, (count(*) FILTER (WHERE results = 0))::int AS "zeroResults",
      CASE WHEN count(*) > 0 THEN ${percentilesOf('ms')} END AS latency,
      (SELECT count(*)::int FROM documents d JOIN collections c ON c.org_id = d.org_id AND c.id = d.collection_id AND c.deleted_at IS NULL
        WHERE d.org_id = $1 AND d.deleted_at IS NULL AND ($6::uuid IS NULL OR c.id = $6) AND ${roleSql('c', 2)} IS NOT NULL) AS documents
    FROM seen`,
};

const QUERIES_BY: Record<QueryKind, { having: string; first: string }> = {
  top: { having: 'true', first: 'count' },
  zero: { having: 'results = 0', first: 'count' },
  slow: { having: 'true', first: 'ms' },
};

const queriesOf = (kind: QueryKind): Statement => ({
  name: `${kind}_queries`,
  text: `WITH ${SEEN}
    SELECT query, count(*)::int AS count, max(at) AS "lastAt", (array_agg(results ORDER BY at DESC))[1] AS results, max(seen.ms) AS ms
    FROM seen WHERE query IS NOT NULL AND ${QUERIES_BY[kind].having} GROUP BY query ORDER BY ${QUERIES_BY[kind].first} DESC, "lastAt" DESC, query LIMIT $8`,
});

const TRAFFIC: Statement = {
  name: 'searches_by_day',
  text: `WITH ${SEEN}
    SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS date, count(*)::int AS searches, count(DISTINCT user_id)::int AS users, (count(*) FILTER (WHERE results = 0))::int AS "zeroResults"
    FROM seen GROUP BY date ORDER BY date`,
};

/** Stages of more searches take longer to sort than anybody waits, and say no more. */
export const STAGES_OF_AT_MOST = 50_000;

const LATENCY: Statement = {
  name: 'latency_by_stage',
  text: `WITH ${SEEN}
    SELECT stage.key AS stage, count(*)::int AS searches, ${percentilesOf('stage.value::text::float8')} AS latency
    FROM (SELECT stages, ms FROM seen ORDER BY at DESC LIMIT ${STAGES_OF_AT_MOST}) newest, jsonb_each(newest.stages || jsonb_build_object('total', newest.ms)) AS stage GROUP BY stage.key ORDER BY stage.key`,
};

function valuesOf(access: Access, { from, to, collectionId, assistant }: AnalyticsFilter): unknown[] {
  return [access.scope.orgId, ...roleValues(access), from ?? null, to ?? null, collectionId ?? null, assistant ?? null];
}

export async function summariseSearches(sql: Sql, access: Access, filter: AnalyticsFilter): Promise<SearchSummary> {
  const [row] = await sql.rows<SearchSummary>(SUMMARY, valuesOf(access, filter));
  return row as SearchSummary;
}

/** What was asked most often, found nothing most often, or took longest. Questions whose texts are not kept any more are in none of them. */
export function listQueries(sql: Sql, access: Access, filter: AnalyticsFilter & { kind: QueryKind; limit: number }): Promise<AskedQuery[]> {
  return sql.rows<AskedQuery>(queriesOf(filter.kind), [...valuesOf(access, filter), filter.limit]);
}

/** Days on which something was searched, the first first. */
export function searchesByDay(sql: Sql, access: Access, filter: AnalyticsFilter): Promise<DayOfSearches[]> {
  return sql.rows<DayOfSearches>(TRAFFIC, valuesOf(access, filter));
}

/** How long each stage took in those of the newest searches that had it, and `total`. */
export async function latencyByStage(sql: Sql, access: Access, filter: AnalyticsFilter): Promise<StageLatency[]> {
  const rows = await sql.rows<{ stage: string; searches: number; latency: Latency }>(LATENCY, valuesOf(access, filter));
  return rows.map(({ stage, searches, latency }) => ({ stage, searches, ...latency }));
}
