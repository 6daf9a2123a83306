import type { Database, Sql } from '../data/database.js';
import { isLockTimeout } from '../data/pg-errors.js';
import { holdLearning } from '../families/learning-locks.js';

interface Field {
  orgId: string;
  id: string;
  collectionId: string;
}

/** What became of a field that was looked at: all of it is still there, what is gone was dropped, nobody asks for it, or its collection is being written to. */
export type LookedAt = 'whole' | 'learnt' | 'forgotten' | 'busy';

const NEXT = `UPDATE learnt_fields SET looked_at = clock_timestamp() WHERE (org_id, id) = (SELECT org_id, id FROM learnt_fields
    WHERE looked_at < clock_timestamp() - make_interval(mins => $1::int) ORDER BY looked_at LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING org_id AS "orgId", id, collection_id AS "collectionId"`;

const STATE = `SELECT EXISTS (SELECT FROM family_members m JOIN families f ON f.org_id = m.org_id AND f.id = m.family_id AND f.route_kind = 'learnt' AND f.route_keys = l.keys
      JOIN collections c ON c.org_id = m.org_id AND c.id = m.collection_id AND c.deleted_at IS NULL WHERE m.org_id = l.org_id AND m.collection_id = l.collection_id) AS "isAskedFor"
  FROM learnt_fields l WHERE l.org_id = $1 AND l.id = $2`;

const IS_SOME_GONE = `SELECT EXISTS (SELECT v.what FROM learnt_values v WHERE v.org_id = $1 AND v.field_id = $2 EXCEPT SELECT * FROM values_of_field($1, $2)) AS "isSomeGone"`;

const FORGET = `WITH gone AS (DELETE FROM learnt_fields WHERE org_id = $1 AND id = $2) DELETE FROM learnt_values WHERE org_id = $1 AND field_id = $2`;

/** Drops from what routes have learnt what is no longer there, a field of a collection at a time; for the dispatcher. */
export class LearntRoutesRepository {
  constructor(private readonly database: Database) {}

  /** Looks at the field that was not looked at for longest, and for as long at least; undefined when there is none. */
  async lookAtNext(minutes: number): Promise<LookedAt | undefined> {
    const [field] = await this.database.single<Field>(NEXT, [minutes]);
    return field && this.lookAt(field);
  }

  private async lookAt(field: Field): Promise<LookedAt> {
    const isWhole = await this.database.system(async (sql) => (await isAskedFor(sql, field)) && !(await isSomeGone(sql, field)));
    if (isWhole) return 'whole';
    try {
      return await this.database.system((sql) => settle(sql, field));
    } catch (error) {
      if (isLockTimeout(error)) return 'busy';
      throw error;
    }
  }
}

/** Alone with the collection, so that no writer adds to what is taken away. */
async function settle(sql: Sql, field: Field): Promise<LookedAt> {
  await sql.rows(`SET LOCAL lock_timeout = '2s'`); // those who write documents wait behind this; the next time will do
  await holdLearning(sql, [field.collectionId]);
  if (await isAskedFor(sql, field)) {
    await sql.rows('SELECT learn_field($1, $2)', [field.orgId, field.id]);
    return 'learnt';
  }
  await sql.rows(FORGET, [field.orgId, field.id]);
  return 'forgotten';
}

async function isAskedFor(sql: Sql, { orgId, id }: Field): Promise<boolean> {
  const [state] = await sql.rows<{ isAskedFor: boolean }>(STATE, [orgId, id]);
  return state?.isAskedFor ?? false;
}

async function isSomeGone(sql: Sql, { orgId, id }: Field): Promise<boolean> {
  const [state] = await sql.rows<{ isSomeGone: boolean }>(IS_SOME_GONE, [orgId, id]);
  return state?.isSomeGone ?? false;
}
