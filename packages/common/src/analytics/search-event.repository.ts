import type { Sql, Statement } from '../data/database.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

/** How one search went. */
export interface SearchEvent {
  id: string;
  /** How long ago it was answered: when that was is said by the clock of the database. */
  ageMs: number;
  userId: string | null;
  collections: string[];
  hitCollections: string[];
  results: number;
  topScore: number | null;
  mode: 'dense' | 'sparse' | 'hybrid';
  isReranked: boolean;
  ms: number;
  /** Milliseconds of each stage. */
  stages: Readonly<Record<string, number>>;
  /** What was asked, redacted; null where it is not kept. */
  query: string | null;
}

// What the organisation wants counts when it is written, so that none comes after it said no.
const ADD: Statement = {
  name: 'add_search_events',
  text: `INSERT INTO search_events (org_id, at, id, user_id, collections, hit_collections, results, top_score, mode, is_reranked, ms, stages, query)
    SELECT $1::uuid, clock_timestamp() - make_interval(secs => e."ageMs" / 1000), e.id, e."userId", e.collections, e."hitCollections", e.results, e."topScore", e.mode, e."isReranked", e.ms, e.stages, e.query
    FROM jsonb_to_recordset($2::jsonb) AS e(id uuid, "ageMs" float8, "userId" bigint, collections uuid[], "hitCollections" uuid[], results int, "topScore" float8, mode text,
      "isReranked" boolean, ms float8, stages jsonb, query text)
    WHERE (SELECT query_log FROM organisations WHERE id = $1::uuid)`,
};

/** Keeps searches, unless the organisation wants none kept. */
export async function addSearchEvents(sql: Sql, scope: TenantScope, events: readonly SearchEvent[]): Promise<void> {
  await sql.rows(ADD, [scope.orgId, JSON.stringify(events)]);
}

const READ_LOG: Statement = { name: 'read_query_log', text: 'SELECT query_log AS "isOn" FROM organisations WHERE id = $1' };
const PUT_LOG: Statement = { name: 'put_query_log', text: 'UPDATE organisations SET query_log = $2 WHERE id = $1' };

/** Whether searches of the organisation are kept. */
export async function isQueryLogOn(sql: Sql, scope: TenantScope): Promise<boolean> {
  const [row] = await sql.rows<{ isOn: boolean }>(READ_LOG, [scope.orgId]);
  return row?.isOn ?? false;
}

/** Says whether searches are kept from now on; those that were stay for their time. */
export async function putQueryLog(sql: Sql, scope: TenantScope, isOn: boolean): Promise<void> {
  await sql.rows(PUT_LOG, [scope.orgId, isOn]);
}
