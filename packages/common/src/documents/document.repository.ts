import { type Access, assertRole, type CollectionRole, roleSql, roleValues } from '../collections/access.js';
import type { Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import { type Filter, NO_FILTER } from '../filters/filter.js';
import { filterSql } from '../filters/filter-sql.js';
import type { JobId } from '../ids.js';
import { GARBAGE_DUE, storedIdSql } from '../jobs/job-sql.js';
import { chargeUsage } from '../quotas/charge-usage.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import { duplicateOfSql } from './accept-documents.js';
import type { ExtractedMetadata } from './extracted-metadata.js';

export interface DocumentView {
  id: string;
  collectionId: string;
  sourceId: string | null;
  externalId: string;
  fileName: string;
  filePath: string | null;
  title: string | null;
  /** As a caller gave it; the title otherwise is what its parser found. */
  ownTitle: string | null;
  mimeType: string | null;
  /** Sent as a text, not as a file. */
  isText: boolean;
  sizeBytes: number;
  contentHash: string;
  metadata: Record<string, unknown>;
  /** What its parser found: author, pages, dates. */
  facts: Record<string, unknown>;
  /** Keywords and entities of its text; null where they are not wanted. */
  extracted: ExtractedMetadata | null;
  status: 'pending' | 'processing' | 'completed' | 'failed';
  errorMessage: string | null;
  errorCode: string | null;
  chunkCount: number;
  duplicateOf: string | null;
  jobId: JobId | null;
  createdAt: Date;
  updatedAt: Date;
  indexedAt: Date | null;
}

export interface ChunkView {
  id: string;
  index: number;
  text: string;
  start: number;
  end: number;
  tokens: number;
  page: number | null;
  /** Null where it ends on the page that it begins on. */
  pageEnd: number | null;
  headingPath: string[] | null;
  timeStart: number | null;
  timeEnd: number | null;
  /** What whoever cut it said of it, where we did not. */
  metadata: Record<string, unknown> | null;
}

// A pending document whose job is being worked on is told as such; it is not worth a write of its own.
const STATUS = `CASE WHEN d.status = 'pending' AND EXISTS (SELECT 1 FROM jobs j WHERE j.org_id = d.org_id AND j.id = d.job_id AND j.state = 'running') THEN 'processing' ELSE d.status END`;

const COLUMNS = `d.id, d.collection_id AS "collectionId", d.source_id AS "sourceId", d.external_id AS "externalId", d.file_name AS "fileName", d.file_path AS "filePath",
  coalesce(d.title, d.facts->>'title') AS title, d.title AS "ownTitle", d.mime_type AS "mimeType", d.is_text AS "isText", d.size_bytes::float8 AS "sizeBytes", d.content_hash AS "contentHash", d.metadata, d.facts, d.extracted, ${STATUS} AS status,
  d.error_message AS "errorMessage", d.error_code AS "errorCode", coalesce(m.chunk_count, 0) AS "chunkCount", ${duplicateOfSql('d')} AS "duplicateOf", d.job_id AS "jobId",
  d.created_at AS "createdAt", d.updated_at AS "updatedAt", d.indexed_at AS "indexedAt"`;

const FROM = `FROM documents d JOIN collections c ON c.org_id = d.org_id AND c.id = d.collection_id AND c.deleted_at IS NULL
  LEFT JOIN manifests m ON m.org_id = d.org_id AND m.document_id = d.id AND m.index_id = c.serving_index_id`;

const READ: Statement = {
  name: 'read_document',
  text: `SELECT ${COLUMNS}, ${roleSql('c', 2)} AS role, c.serving_index_id AS "servingIndexId" ${FROM} WHERE d.org_id = $1 AND d.id = $4 AND d.deleted_at IS NULL`,
};

const FOUND = (text: string) => `strpos(lower(${text}), lower($4)) > 0`;
const OF_COLLECTION = `d.org_id = $1 AND d.collection_id = $2 AND d.deleted_at IS NULL AND ($3::text IS NULL OR ${STATUS} = $3)
  AND ($4::text IS NULL OR ${FOUND('d.external_id')} OR ${FOUND(`coalesce(d.title, d.facts->>'title', '')`)} OR ${FOUND('d.file_name')})`;

/** By what a list can be sorted, each in a fixed order: equal ones by their ids. */
const ORDERS = {
  created_at: 'd.created_at',
  updated_at: 'd.updated_at',
  title: `lower(coalesce(d.title, d.facts->>'title', d.file_name)) COLLATE "C"`,
  external_id: 'd.external_id COLLATE "C"',
  size_bytes: 'd.size_bytes',
} as const;

type SortField = keyof typeof ORDERS;
export const DOCUMENT_SORTS = (Object.keys(ORDERS) as SortField[]).flatMap((field) => [field, `-${field}`] as const);
export type DocumentSort = SortField | `-${SortField}`;

const CHUNKS: Statement = {
  name: 'chunks_of_document',
  text: `SELECT id, number AS index, text, start_at AS start, end_at AS end, tokens, page, page + cardinality(page_starts) AS "pageEnd", heading_path AS "headingPath", time_start AS "timeStart", time_end AS "timeEnd", metadata
    FROM chunks WHERE org_id = $1 AND index_id = $2 AND document_id = $3 ORDER BY number LIMIT $4 OFFSET $5`,
};

/** The answer for a document that is not there, or not for this caller. */
export function noDocument(): CairnError {
  return new CairnError('not_found', 'There is no document with this id.');
}

export interface HeldDocument extends DocumentView {
  role: CollectionRole;
  servingIndexId: string;
}

/** The document as this caller sees it; throws when there is none for him, or his role in its collection does not reach. */
export async function readDocument(sql: Sql, access: Access, id: string, needed: CollectionRole = 'read'): Promise<HeldDocument> {
  const [row] = await sql.rows<Omit<HeldDocument, 'role'> & { role: CollectionRole | null }>(READ, [access.scope.orgId, ...roleValues(access), id]);
  if (!row?.role) throw noDocument();
  assertRole(row.role, needed);
  return row as HeldDocument;
}

export interface DocumentQuery {
  status?: string | undefined;
  /** In the title, the external id or the name of the file, without regard to case. */
  search?: string | undefined;
  filter?: Filter | undefined;
  sort?: DocumentSort | undefined;
  limit: number;
  offset: number;
}

/** A page of the documents of a collection that the caller may read, and how many there are. */
export async function listDocuments(
  sql: Sql,
  scope: TenantScope,
  collectionId: string,
  { status, search, filter = NO_FILTER, sort = 'created_at', limit, offset }: DocumentQuery,
): Promise<{ documents: DocumentView[]; total: number }> {
  const condition = filterSql(filter, { alias: 'd', firstParameter: 5 });
  const values = [scope.orgId, collectionId, status ?? null, search ?? null, ...condition.values];
  const wanted = `WHERE ${OF_COLLECTION} AND ${condition.sql}`;
  const page = `LIMIT $${values.length + 1} OFFSET $${values.length + 2}`;
  const documents = await sql.rows<DocumentView>(`SELECT ${COLUMNS} ${FROM} ${wanted} ${orderSql(sort)} ${page}`, [...values, limit, offset]);
  const [count] = await sql.rows<{ total: number }>(`SELECT count(*)::int AS total FROM documents d ${wanted}`, values);
  return { documents, total: count?.total ?? 0 };
}

function orderSql(sort: DocumentSort): string {
  const direction = sort.startsWith('-') ? 'DESC' : 'ASC';
  return `ORDER BY ${ORDERS[sort.replace(/^-/, '') as SortField]} ${direction}, d.id ${direction}`;
}

/** A page of what the document was cut into, as searches see it now. */
export function listChunks(sql: Sql, scope: TenantScope, document: HeldDocument, { limit, offset }: { limit: number; offset: number }): Promise<ChunkView[]> {
  return sql.rows<ChunkView>(CHUNKS, [scope.orgId, document.servingIndexId, document.id, limit, offset]);
}

const INDEXING: Statement = {
  name: 'indexing_status',
  text: `SELECT (count(*) FILTER (WHERE status = 'completed'))::int AS indexed, (count(*) FILTER (WHERE status <> 'completed'))::int AS unindexed
    FROM documents WHERE org_id = $1 AND collection_id = $2 AND deleted_at IS NULL`,
};

/** How many documents of a collection are indexed as they are now. */
export async function indexingStatus(sql: Sql, scope: TenantScope, collectionId: string): Promise<{ indexed: number; unindexed: number }> {
  const [row] = await sql.rows<{ indexed: number; unindexed: number }>(INDEXING, [scope.orgId, collectionId]);
  return row as { indexed: number; unindexed: number };
}

const LOCK_JOBS: Statement = {
  name: 'lock_jobs_of_documents',
  text: `SELECT id FROM jobs WHERE org_id = $1 AND document_id = ANY ($2::uuid[]) AND state IN ('queued','running') ORDER BY id FOR UPDATE`,
};

// The tombstone is the delete: from this commit on no search finds it, and no job that was accepted before it can bring it back.
// It keeps what it takes to prove that the document is gone, and nothing of what it said.
const DELETE: Statement = {
  name: 'delete_documents',
  text: `UPDATE documents d SET deleted_at = clock_timestamp(), deleted_by = coalesce((SELECT c.deleted_by FROM collections c WHERE c.org_id = d.org_id AND c.id = d.collection_id), $3),
      gen = gen + 1, updated_at = clock_timestamp(), title = NULL, file_name = '', file_path = NULL, external_id = id::text, metadata = '{}', facts = '{}', extracted = NULL, error_message = NULL
    WHERE org_id = $1 AND id = ANY ($2::uuid[]) AND deleted_at IS NULL AND ($4::timestamptz IS NULL OR sent_at <= $4) RETURNING id, collection_id AS "collectionId", size_bytes::float8 AS size`,
};

// What a running attempt has written by now is garbage too, and texts that were to be embedded are kept for nobody.
const FORGET: Statement = {
  name: 'forget_documents',
  text: `WITH held AS (SELECT point_id, space, live_token FROM vectors WHERE org_id = $1::uuid AND asset_id = ANY ($2::text[]) AND index_id IS NOT NULL ORDER BY point_id FOR UPDATE),
  dead AS (DELETE FROM vectors v USING held WHERE v.org_id = $1::uuid AND v.point_id = held.point_id),
  garbage AS (INSERT INTO garbage_points (org_id, space, stored_id, due_at)
    SELECT $1::uuid, space, ${storedIdSql('point_id', 'live_token')}, ${GARBAGE_DUE} FROM held WHERE live_token IS NOT NULL ON CONFLICT DO NOTHING),
  written AS (INSERT INTO garbage_points (org_id, space, stored_id, due_at) SELECT $1::uuid, held.space, ${storedIdSql('held.point_id', 'j.lease_token')}, ${GARBAGE_DUE}
    FROM held JOIN job_inputs i ON i.org_id = $1::uuid AND i.point_id = held.point_id JOIN jobs j ON j.org_id = i.org_id AND j.id = i.job_id AND j.state = 'running' ON CONFLICT DO NOTHING),
  texts AS (DELETE FROM job_inputs i USING held WHERE i.org_id = $1::uuid AND i.point_id = held.point_id),
  cut AS (DELETE FROM chunks ch USING manifests m WHERE m.org_id = $1::uuid AND m.document_id = ANY ($2::uuid[]) AND ch.org_id = m.org_id AND ch.index_id = m.index_id AND ch.document_id = m.document_id),
  listed AS (DELETE FROM manifests WHERE org_id = $1::uuid AND document_id = ANY ($2::uuid[]))
  SELECT count(*)::int AS points FROM held`,
};

/** Holds the jobs of documents that are under way, to the end of the transaction. */
export async function holdJobsOfDocuments(sql: Sql, scope: TenantScope, ids: string[]): Promise<void> {
  await sql.rows(LOCK_JOBS, [scope.orgId, ids]);
}

/**
 * Deletes the documents; whoever may do so was asked before. Answers how many there were. Its jobs end superseded. With `sentBy`, those that somebody has
 * sent since then stay.
 */
export async function deleteDocuments(sql: Sql, scope: TenantScope, ids: string[], { sentBy }: { sentBy?: string } = {}): Promise<number> {
  await holdJobsOfDocuments(sql, scope, ids); // jobs before documents, as everywhere
  const deleted = await sql.rows<{ id: string; collectionId: string; size: number }>(DELETE, [scope.orgId, ids, scope.actor, sentBy ?? null]);
  for (const { collectionId, size } of deleted) chargeUsage(sql, scope, collectionId, { documents: -1, bytes: -size });
  await sql.rows(FORGET, [scope.orgId, deleted.map(({ id }) => id)]);
  return deleted.length;
}

// A deletion that was asked for before it does not know what the document is now, so it counts as sent anew.
const PATCH: Statement = {
  name: 'patch_document',
  text: `UPDATE documents SET title = CASE WHEN $3 THEN $4 ELSE title END, metadata = coalesce($5, metadata), updated_at = clock_timestamp(), sent_at = clock_timestamp(),
      gen = gen + CASE WHEN $6 THEN 1 ELSE 0 END, status = CASE WHEN $6 THEN 'pending' ELSE status END
    WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL RETURNING id`,
};

export interface DocumentChange {
  title?: string | null | undefined;
  metadata?: Record<string, unknown> | undefined;
}

/** Changes what is said of a document. `isToBeIndexed` where that is embedded with it. */
export async function patchDocument(sql: Sql, scope: TenantScope, id: string, change: DocumentChange, isToBeIndexed: boolean): Promise<void> {
  const values = [scope.orgId, id, change.title !== undefined, change.title ?? null, change.metadata ?? null, isToBeIndexed];
  if ((await sql.rows(PATCH, values)).length === 0) throw noDocument();
}

const LEDGER: Statement = {
  name: 'ledger_of_document',
  text: `SELECT ch.number AS index, ch.id AS "chunkId", v.point_id AS "pointId", ${storedIdSql('v.point_id', 'v.live_token')} AS "storedId", v.model, v.model_ver AS "modelVer", v.space,
      a.job_id AS "jobId", a.fence::int AS attempt, a.worker, a.started_at AS "startedAt", a.ended_at AS "endedAt"
    FROM chunks ch JOIN vectors v ON v.org_id = ch.org_id AND v.index_id = ch.index_id AND v.asset_id = $3::text AND v.chunk_id = ch.id AND v.live_token IS NOT NULL
    LEFT JOIN job_attempts a ON a.org_id = v.org_id AND a.lease_token = v.live_token
    WHERE ch.org_id = $1 AND ch.index_id = $2 AND ch.document_id = $3::uuid ORDER BY ch.number, v.point_id LIMIT $4 OFFSET $5`,
};

export interface LedgerEntry {
  index: number;
  chunkId: string;
  pointId: string;
  storedId: string;
  model: string;
  modelVer: string;
  space: string;
  jobId: JobId | null;
  attempt: number | null;
  worker: string | null;
  startedAt: Date | null;
  endedAt: Date | null;
}

/** Which attempt of which job made each live point of the document. */
export function readLedger(sql: Sql, scope: TenantScope, document: HeldDocument, { limit, offset }: { limit: number; offset: number }): Promise<LedgerEntry[]> {
  return sql.rows<LedgerEntry>(LEDGER, [scope.orgId, document.servingIndexId, document.id, limit, offset]);
}

const MANIFEST: Statement = {
  name: 'read_manifest',
  text: `SELECT gen::int AS generation, chunk_count AS "chunkCount", point_count AS "pointCount", tokens, activated_at AS "activatedAt", job_id AS "jobId"
    FROM manifests WHERE org_id = $1 AND index_id = $2 AND document_id = $3`,
};

export interface ManifestView {
  generation: number;
  chunkCount: number;
  pointCount: number;
  tokens: number;
  activatedAt: Date;
  jobId: JobId;
}

/** What is live of the document; undefined while nothing is. */
export async function readManifest(sql: Sql, scope: TenantScope, document: HeldDocument): Promise<ManifestView | undefined> {
  const [manifest] = await sql.rows<ManifestView>(MANIFEST, [scope.orgId, document.servingIndexId, document.id]);
  return manifest;
}
