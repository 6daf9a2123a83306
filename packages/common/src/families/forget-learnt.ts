import type { Sql, Statement } from '../data/database.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import { holdLearning } from './learning-locks.js';

const FORGET: Statement = {
  name: 'forget_learnt',
  text: `WITH gone AS (DELETE FROM learnt_fields WHERE org_id = $1 AND collection_id = $2 RETURNING id)
    DELETE FROM learnt_values v USING gone WHERE v.org_id = $1 AND v.field_id = gone.id`,
};

/** Removes what routes have learnt of a deleted collection. */
export async function forgetLearnt(sql: Sql, { orgId }: TenantScope, collectionId: string): Promise<void> {
  await holdLearning(sql, [collectionId]); // a run of a source may still write
  await sql.rows(FORGET, [orgId, collectionId]);
}
