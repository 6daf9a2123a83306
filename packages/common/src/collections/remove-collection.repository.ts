import type { Sql, Statement } from '../data/database.js';
import { deleteDocuments } from '../documents/document.repository.js';
import { forgetLearnt } from '../families/forget-learnt.js';
import { chargeUsage } from '../quotas/charge-usage.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

const DOCUMENTS_LEFT: Statement = {
  name: 'documents_left',
  text: 'SELECT id FROM documents WHERE org_id = $1 AND collection_id = $2 AND deleted_at IS NULL ORDER BY id LIMIT $3',
};

/** Deletes some documents of a deleted collection; answers how many. */
export async function removeDocumentsOf(sql: Sql, scope: TenantScope, collectionId: string, limit: number): Promise<number> {
  const ids = (await sql.rows<{ id: string }>(DOCUMENTS_LEFT, [scope.orgId, collectionId, limit])).map(({ id }) => id);
  if (ids.length > 0) await deleteDocuments(sql, scope, ids);
  return ids.length;
}

const FORGET_SOURCES: Statement = {
  name: 'forget_sources',
  text: 'DELETE FROM sources WHERE org_id = $1 AND collection_id = $2 RETURNING removed_at IS NULL AS "isCounted"',
};

/** Removes what is left of a deleted collection besides tombstones and the record of its operations. Its indexes, which are empty, are removed in time. */
export async function forgetCollection(sql: Sql, scope: TenantScope, id: string): Promise<void> {
  await forgetLearnt(sql, scope, id);
  const sources = await sql.rows<{ isCounted: boolean }>(FORGET_SOURCES, [scope.orgId, id]);
  chargeUsage(sql, scope, id, { sources: -sources.filter(({ isCounted }) => isCounted).length });
  for (const table of ['quotas', 'collection_shares', 'collection_versions', 'family_members'])
    await sql.rows(`DELETE FROM ${table} WHERE org_id = $1 AND collection_id = $2`, [scope.orgId, id]);
  await sql.rows(
    `UPDATE collection_indexes SET state = 'retired', retired_at = clock_timestamp() WHERE org_id = $1 AND collection_id = $2 AND state <> 'retired'`,
    [scope.orgId, id],
  );
}
