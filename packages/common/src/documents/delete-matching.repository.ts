import type { Sql, Statement } from '../data/database.js';
import { type Filter, NO_FILTER } from '../filters/filter.js';
import { filterSql } from '../filters/filter-sql.js';
import { parseFilter } from '../filters/parse-filter.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

/** Documents of a collection: those that a filter takes, or of these. */
export interface DocumentSelection {
  collectionId: string;
  filter: Filter;
  ids?: readonly string[] | undefined;
}

const BASE = 'd.org_id = $1 AND d.collection_id = $2 AND d.deleted_at IS NULL AND ($3::uuid[] IS NULL OR d.id = ANY ($3))';

export async function countSelected(sql: Sql, scope: TenantScope, { collectionId, filter, ids }: DocumentSelection): Promise<number> {
  const condition = filterSql(filter, { alias: 'd', firstParameter: 4 });
  const text = `SELECT count(*)::int AS documents FROM documents d WHERE ${BASE} AND ${condition.sql}`;
  const [row] = await sql.rows<{ documents: number }>(text, [scope.orgId, collectionId, ids ?? null, ...condition.values]);
  return row?.documents ?? 0;
}

const BY_EXTERNAL_ID: Statement = {
  name: 'document_ids_by_external_id',
  text: 'SELECT id FROM documents WHERE org_id = $1 AND collection_id = $2 AND external_id = ANY ($3::text[]) AND deleted_at IS NULL',
};

export async function idsOfExternal(sql: Sql, scope: TenantScope, collectionId: string, externalIds: readonly string[]): Promise<string[]> {
  return (await sql.rows<{ id: string }>(BY_EXTERNAL_ID, [scope.orgId, collectionId, externalIds])).map(({ id }) => id);
}

/** A deletion that was asked for, and when. */
export interface DeletionInHand extends DocumentSelection {
  /** As Postgres writes it, to the microsecond. */
  askedAt: string;
}

const IN_HAND: Statement = {
  name: 'deletion_in_hand',
  text: `SELECT o.collection_id AS "collectionId", o.created_at::text AS "askedAt", o.config->'filter' AS filter FROM operations o
    JOIN collections c ON c.org_id = o.org_id AND c.id = o.collection_id AND c.deleted_at IS NULL
    WHERE o.org_id = $1 AND o.id = $2 AND o.state IN ('pending','processing')`,
};

/** What an operation is to delete; undefined when it was cancelled, or all of the collection is being deleted. */
export async function deletionInHand(
  sql: Sql,
  scope: TenantScope,
  operationId: string,
  ids: readonly string[] | undefined,
): Promise<DeletionInHand | undefined> {
  const [row] = await sql.rows<{ collectionId: string; askedAt: string; filter: unknown }>(IN_HAND, [scope.orgId, operationId]);
  return row && { ...row, ids, filter: row.filter === null ? NO_FILTER : parseFilter(row.filter, 'filter') };
}

export interface DeletionPage {
  /** The document behind which to look. */
  after: string;
  limit: number;
}

/** The next documents to delete, by their ids. What was sent after the deletion was asked for stays, also where it is in the place of what was to be deleted. */
export async function documentsToDelete(sql: Sql, scope: TenantScope, deletion: DeletionInHand, { after, limit }: DeletionPage): Promise<string[]> {
  const { collectionId, filter, ids, askedAt } = deletion;
  const condition = filterSql(filter, { alias: 'd', firstParameter: 7 });
  const text = `SELECT d.id FROM documents d WHERE ${BASE} AND d.id > $4 AND d.sent_at <= $5::timestamptz AND ${condition.sql} ORDER BY d.id LIMIT $6`;
  const values = [scope.orgId, collectionId, ids ?? null, after, askedAt, limit, ...condition.values];
  return (await sql.rows<{ id: string }>(text, values)).map(({ id }) => id);
}

/** Adds to what an operation is told to have deleted, in the transaction that deletes. */
export async function noteDeleted(sql: Sql, scope: TenantScope, operationId: string, documents: number): Promise<void> {
  await sql.rows(
    `UPDATE operations SET result = result || jsonb_build_object('deleted', coalesce((result->>'deleted')::int, 0) + $3::int) WHERE org_id = $1 AND id = $2`,
    [scope.orgId, operationId, documents],
  );
}
