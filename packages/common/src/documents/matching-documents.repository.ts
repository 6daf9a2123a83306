import type { Sql } from '../data/database.js';
import type { Filter } from '../filters/filter.js';
import { filterSql } from '../filters/filter-sql.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

const BASE = 'd.org_id = $1 AND d.deleted_at IS NULL';

/** The documents of these collections that the filter takes; undefined when they are more than `atMost`. */
export async function matchingDocuments(
  sql: Sql,
  scope: TenantScope,
  { collectionIds, filter, atMost }: { collectionIds: readonly string[]; filter: Filter; atMost: number },
): Promise<string[] | undefined> {
  const condition = filterSql(filter, { alias: 'd', firstParameter: 4 });
  const text = `SELECT d.id FROM documents d WHERE ${BASE} AND d.collection_id = ANY ($2::uuid[]) AND ${condition.sql} LIMIT $3`;
  const rows = await sql.rows<{ id: string }>(text, [scope.orgId, collectionIds, atMost + 1, ...condition.values]);
  return rows.length > atMost ? undefined : rows.map(({ id }) => id);
}

/** Those of the documents that the filter takes. */
export async function matchingAmong(sql: Sql, scope: TenantScope, documentIds: readonly string[], filter: Filter): Promise<Set<string>> {
  const condition = filterSql(filter, { alias: 'd', firstParameter: 3 });
  const text = `SELECT d.id FROM documents d WHERE ${BASE} AND d.id = ANY ($2::uuid[]) AND ${condition.sql}`;
  const rows = await sql.rows<{ id: string }>(text, [scope.orgId, documentIds, ...condition.values]);
  return new Set(rows.map(({ id }) => id));
}
