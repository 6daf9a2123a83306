import type { Sql, Statement } from '../data/database.js';
import { DependencyError } from '../errors/catalogue.js';
import type { PointId, StoredPointId } from '../ids.js';
import { storedIdSql } from '../jobs/job-sql.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import { CONDITION_FIELDS, type ConditionField, type Conditions } from './conditions.js';

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

// Hashed by the database: of many points it would hold up everybody else here.
const NAMES = `${storedIdSql('v.point_id', 'v.live_token')} AS id, v.point_id AS "pointId", v.live_token AS token`;
/** More than a GPU makes while they are fresh; a space that was just written back may have more. */
const FRESH_AT_MOST = 100_000;

// One statement for each set of fields, so that each is planned with the index it can use.
function statementOf(name: string, fields: readonly ConditionField[], from: string): Statement {
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

/** Those of them that Qdrant is not yet known to find; throws when they are too many to be looked through for one search. */
export async function freshVectors(sql: Sql, scope: TenantScope, asked: Asked): Promise<LiveVector[]> {
  const vectors = await namesOf(sql, scope, { name: 'fresh_vectors', from: FRESH, limit: FRESH_AT_MOST + 1 }, asked);
  if (vectors.length > FRESH_AT_MOST)
    throw new DependencyError('qdrant', 'Very many vectors were written a moment ago and are being checked. Try again in some seconds.');
  return vectors;
}

function namesOf(sql: Sql, scope: TenantScope, query: { name: string; from: string; limit: number }, asked: Asked): Promise<LiveVector[]> {
  const fields = CONDITION_FIELDS.filter((field) => asked.conditions[field] !== undefined);
  const values = fields.map((field) => [asked.conditions[field]].flat());
  const statement = statementOf(query.name, fields, query.from);
  return sql.rows<LiveVector>(statement, [scope.orgId, asked.space, query.limit, ...values]);
}

const valuesOf = (compared: Compared): Statement => ({
  name: `live_${compared}`,
  text: `SELECT ${storedIdSql('v.point_id', 'v.live_token')} AS id, v.point_id AS "pointId", v.${compared} AS bytes FROM unnest($2::uuid[], $3::uuid[]) AS p(point_id, token)
    JOIN vectors v ON v.org_id = $1::uuid AND v.point_id = p.point_id AND v.live_token = p.token AND v.${compared} IS NOT NULL`,
});

/** The stored vectors, or the words, of those that have any. */
export function readLiveValues(
  sql: Sql,
  scope: TenantScope,
  compared: Compared,
  vectors: readonly Pick<LiveVector, 'pointId' | 'token'>[],
): Promise<{ id: StoredPointId; pointId: PointId; bytes: Buffer }[]> {
  const values = [scope.orgId, vectors.map(({ pointId }) => pointId), vectors.map(({ token }) => token)];
  return sql.rows(valuesOf(compared), values);
}
