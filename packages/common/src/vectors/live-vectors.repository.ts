import type { Sql, Statement } from '../data/database.js';
import { type PointId, type StoredPointId, storedPointIdOf } from '../ids.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import { type Conditions, FILTER_FIELDS, type FilterField } from './conditions.js';

/** A live vector by its names, in Qdrant and in Postgres. */
export interface LiveVector {
  id: StoredPointId;
  pointId: PointId;
  token: string;
}

/** What questions are compared with: by meaning, or by words. */
export type Compared = 'vector' | 'terms';

interface Asked {
  space: string;
  conditions: Conditions;
}

const NAMES = 'v.point_id AS "pointId", v.live_token AS token';

// One statement for each set of fields, so that each is planned with the index it can use.
function statementOf(name: string, fields: readonly FilterField[], from: string): Statement {
  const where = fields.map((field, at) => ` AND v.${field}::text = ANY ($${at + 4}::text[])`).join('');
  return { name: [name, ...fields].join('_'), text: `SELECT ${NAMES} FROM ${from}${where} LIMIT $3` };
}

const LIVE = 'vectors v WHERE v.org_id = $1::uuid AND v.space = $2 AND v.live_token IS NOT NULL';
const FRESH = `(SELECT DISTINCT unnest(point_ids) AS point_id FROM fresh_points WHERE org_id = $1::uuid AND space = $2) f
  JOIN vectors v ON v.org_id = $1::uuid AND v.point_id = f.point_id AND v.live_token IS NOT NULL`;

/** All live vectors of the space with these conditions; undefined when they are more than `atMost`. */
export async function liveVectors(sql: Sql, scope: TenantScope, asked: Asked, atMost: number): Promise<LiveVector[] | undefined> {
  const vectors = await namesOf(sql, scope, { name: 'live_vectors', from: LIVE, limit: atMost + 1 }, asked);
  return vectors.length > atMost ? undefined : vectors;
}

/** Those of them that Qdrant is not yet known to find. */
export function freshVectors(sql: Sql, scope: TenantScope, asked: Asked): Promise<LiveVector[]> {
  return namesOf(sql, scope, { name: 'fresh_vectors', from: FRESH, limit: null }, asked);
}

async function namesOf(sql: Sql, scope: TenantScope, query: { name: string; from: string; limit: number | null }, asked: Asked): Promise<LiveVector[]> {
  const fields = FILTER_FIELDS.filter((field) => asked.conditions[field] !== undefined);
  const values = fields.map((field) => [asked.conditions[field]].flat());
  const statement = statementOf(query.name, fields, query.from);
  const rows = await sql.rows<{ pointId: PointId; token: string }>(statement, [scope.orgId, asked.space, query.limit, ...values]);
  return rows.map(({ pointId, token }) => ({ id: storedPointIdOf(pointId, token), pointId, token }));
}

const valuesOf = (compared: Compared): Statement => ({
  name: `live_${compared}`,
  text: `SELECT ${NAMES}, v.${compared} AS bytes FROM unnest($2::uuid[], $3::uuid[]) AS p(point_id, token)
    JOIN vectors v ON v.org_id = $1::uuid AND v.point_id = p.point_id AND v.live_token = p.token AND v.${compared} IS NOT NULL`,
});

/** The stored vectors, or the words, of those that have any. */
export async function readLiveValues(
  sql: Sql,
  scope: TenantScope,
  compared: Compared,
  vectors: readonly LiveVector[],
): Promise<{ id: StoredPointId; bytes: Buffer }[]> {
  const values = [scope.orgId, vectors.map(({ pointId }) => pointId), vectors.map(({ token }) => token)];
  const rows = await sql.rows<{ pointId: PointId; token: string; bytes: Buffer }>(valuesOf(compared), values);
  return rows.map(({ pointId, token, bytes }) => ({ id: storedPointIdOf(pointId, token), bytes }));
}
