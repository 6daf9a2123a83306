import type { Database, Sql, Statement } from '../data/database.js';
import { isLooseUuid, type StoredPointId } from '../ids.js';
import { storedIdSql } from '../jobs/job-sql.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

/** A live point of an index, by its names in Qdrant and in Postgres. */
export interface IndexPoint {
  id: StoredPointId;
  pointId: string;
}

/** A point as Qdrant has it. */
export interface FoundPoint extends IndexPoint {
  token: string;
}

export interface IndexSpace {
  id: string;
  space: string;
}

const INDEXES: Statement = {
  name: 'spaces_of_indexes',
  text: `SELECT i.id, i.space FROM collection_indexes i JOIN spaces s ON s.name = i.space WHERE i.org_id = $1 AND i.collection_id = $2 AND i.emptied_at IS NULL ORDER BY i.number`,
};

/** The indexes of a collection that have points, and where those are. */
export function spacesOfIndexes(sql: Sql, scope: TenantScope, collectionId: string): Promise<IndexSpace[]> {
  return sql.rows<IndexSpace>(INDEXES, [scope.orgId, collectionId]);
}

const LIVE: Statement = {
  name: 'live_points_of_index',
  text: `SELECT ${storedIdSql('point_id', 'live_token')} AS id, point_id AS "pointId" FROM vectors
    WHERE org_id = $1 AND index_id = $2 AND live_token IS NOT NULL AND point_id > $3 ORDER BY point_id LIMIT $4`,
};

const FIRST = '00000000-0000-0000-0000-000000000000';

/** A page of what Qdrant must have of an index, in the order of its points. */
function livePointsOf(sql: Sql, scope: TenantScope, indexId: string, after: string | undefined, limit: number): Promise<IndexPoint[]> {
  return sql.rows<IndexPoint>(LIVE, [scope.orgId, indexId, after ?? FIRST, limit]);
}

// What a running attempt has written, and what the collector deletes in time, is as it should be.
const STRANGERS: Statement = {
  name: 'strangers_of_index',
  text: `SELECT p.id FROM unnest($3::uuid[], $4::uuid[], $5::uuid[]) AS p(id, point_id, token)
    WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.org_id = $1 AND v.index_id = $2 AND v.point_id = p.point_id AND v.live_token = p.token
        AND p.id = ${storedIdSql('v.point_id', 'v.live_token')})
      AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.org_id = $1 AND j.state = 'running' AND j.lease_token = p.token)
      AND NOT EXISTS (SELECT 1 FROM garbage_points g WHERE g.org_id = $1 AND g.stored_id = p.id)`,
};

/** Which of these points nothing in Postgres accounts for. */
async function strangersAmong(sql: Sql, scope: TenantScope, indexId: string, points: FoundPoint[]): Promise<StoredPointId[]> {
  const named = points.filter(({ pointId, token }) => isLooseUuid(pointId) && isLooseUuid(token));
  const columns = [named.map(({ id }) => id), named.map(({ pointId }) => pointId), named.map(({ token }) => token)];
  const rows = await sql.rows<{ id: StoredPointId }>(STRANGERS, [scope.orgId, indexId, ...columns]);
  return [...points.filter((point) => !named.includes(point)), ...rows].map(({ id }) => id);
}

// As old as if they had just been given time to show: the dispatcher looks for them at once, does not find them, and writes them from here.
const WRITE_BACK: Statement = {
  name: 'ask_for_write_back',
  text: `INSERT INTO fresh_points (org_id, id, space, point_ids, since) SELECT $1, gen_random_uuid(), $2, $3::uuid[], clock_timestamp() - interval '1 minute' WHERE cardinality($3::uuid[]) > 0`,
};

const DISCARD: Statement = {
  name: 'discard_strangers',
  text: `INSERT INTO garbage_points (org_id, space, stored_id, due_at) SELECT $1, $2, id, clock_timestamp() FROM unnest($3::uuid[]) AS id ON CONFLICT DO NOTHING`,
};

/** Has the dispatcher write to Qdrant what it lacks, from Postgres, and delete by id what nothing accounts for. */
export async function askForRepair(
  sql: Sql,
  scope: TenantScope,
  space: string,
  { missing, strangers }: { missing: string[]; strangers: StoredPointId[] },
): Promise<void> {
  await sql.rows(WRITE_BACK, [scope.orgId, space, missing]);
  await sql.rows(DISCARD, [scope.orgId, space, strangers]);
}

/** What Postgres says of an index, to be compared with; each page is read for itself. */
export function truthOfIndex(database: Database, scope: TenantScope, indexId: string) {
  return {
    live: (after: string | undefined, limit: number) => database.tenant(scope, (sql) => livePointsOf(sql, scope, indexId, after, limit)),
    strangers: (points: FoundPoint[]) => database.tenant(scope, (sql) => strangersAmong(sql, scope, indexId, points)),
  };
}
