import type { Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import { newId } from '../ids.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import type { IndexSettings } from './collection.repository.js';
import { keepVersionBeforeSwitch } from './version.repository.js';

const INSERT: Statement = {
  name: 'insert_index',
  text: `INSERT INTO collection_indexes (org_id, id, collection_id, number, state, model, model_ver, space, quantization, chunking_strategy, chunk_size, chunk_overlap, chunking_config, embed_context, extract_metadata, store_name)
    SELECT $1, $2, $3, coalesce(max(number), 0) + 1, 'building', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 FROM collection_indexes WHERE org_id = $1 AND collection_id = $3
    RETURNING id`,
};

/** An index beside the one that serves. The caller holds the collection, so no document is added meanwhile that neither knows of. */
export async function addIndex(sql: Sql, scope: TenantScope, collectionId: string, settings: IndexSettings): Promise<string> {
  await assertNotBuilding(sql, scope, collectionId);
  const id = newId();
  const { model, modelVer, space, quantization, chunkingStrategy, chunkSize, chunkOverlap, chunkingConfig, embedContext, extractMetadata, storeName } =
    settings;
  await sql.rows(INSERT, [
    scope.orgId,
    id,
    collectionId,
    model,
    modelVer,
    space,
    quantization,
    chunkingStrategy,
    chunkSize,
    chunkOverlap,
    chunkingConfig,
    embedContext,
    extractMetadata,
    storeName,
  ]);
  return id;
}

/** Throws while another index is to take the place of the one that serves. */
export async function assertNotBuilding(sql: Sql, scope: TenantScope, collectionId: string): Promise<void> {
  const building = await sql.rows(`SELECT 1 FROM collection_indexes WHERE org_id = $1 AND collection_id = $2 AND state = 'building'`, [
    scope.orgId,
    collectionId,
  ]);
  if (building.length > 0) throw new CairnError('conflict', 'The collection is being reindexed already. Wait for that operation, or cancel it.');
}

// Documents that failed in the index that serves will fail again: they hold nothing up. One that another job is bringing holds it up where the index that
// serves has more of it: whoever finds it now has to find it after the switch.
const LACKING: Statement = {
  name: 'documents_lacking_in_index',
  text: `SELECT d.id, coming.here AS "isComing", EXISTS (SELECT 1 FROM jobs j WHERE j.org_id = d.org_id AND j.document_id = d.id AND j.operation_id = $4 AND j.state IN ('failed','quarantined','cancelled')) AS failed
    FROM documents d JOIN collections c ON c.org_id = d.org_id AND c.id = d.collection_id
    LEFT JOIN manifests s ON s.org_id = d.org_id AND s.document_id = d.id AND s.index_id = c.serving_index_id
    LEFT JOIN manifests m ON m.org_id = d.org_id AND m.document_id = d.id AND m.index_id = $3
    CROSS JOIN LATERAL (SELECT EXISTS (SELECT 1 FROM jobs j WHERE j.org_id = d.org_id AND j.document_id = d.id AND j.state IN ('queued','running') AND j.payload->>'index_id' = $3::text) AS here) coming
    WHERE d.org_id = $1 AND d.collection_id = $2 AND d.deleted_at IS NULL AND d.status <> 'failed' AND m.gen IS DISTINCT FROM d.gen
      AND (NOT coming.here OR coalesce(m.gen, 0) < coalesce(s.gen, 0))
    ORDER BY d.id LIMIT $5`,
};

export interface LackingDocument {
  id: string;
  /** A job is bringing it. */
  isComing: boolean;
  /** A job of this operation could not bring it. */
  failed: boolean;
}

/** Documents that the index does not have as they are now, and for which it has to wait. */
export function documentsLacking(
  sql: Sql,
  scope: TenantScope,
  { collectionId, indexId, operationId, limit }: { collectionId: string; indexId: string; operationId: string; limit: number },
): Promise<LackingDocument[]> {
  return sql.rows<LackingDocument>(LACKING, [scope.orgId, collectionId, indexId, operationId, limit]);
}

const DOCUMENTS: Statement = {
  name: 'documents_to_index',
  text: `SELECT d.id FROM documents d WHERE d.org_id = $1 AND d.collection_id = $2 AND d.deleted_at IS NULL AND d.status = ANY ($3::text[])
    AND NOT (d.status = 'pending' AND EXISTS (SELECT 1 FROM jobs j WHERE j.org_id = d.org_id AND j.id = d.job_id AND j.state IN ('queued','running'))) ORDER BY d.created_at, d.id`,
};

/** Documents of these statuses that nobody is indexing already. */
export async function documentsToIndex(sql: Sql, scope: TenantScope, collectionId: string, statuses: string[]): Promise<string[]> {
  return (await sql.rows<{ id: string }>(DOCUMENTS, [scope.orgId, collectionId, statuses])).map(({ id }) => id);
}

const ALL: Statement = {
  name: 'documents_of_collection',
  text: 'SELECT id FROM documents WHERE org_id = $1 AND collection_id = $2 AND deleted_at IS NULL ORDER BY created_at, id',
};

export async function documentsOf(sql: Sql, scope: TenantScope, collectionId: string): Promise<string[]> {
  return (await sql.rows<{ id: string }>(ALL, [scope.orgId, collectionId])).map(({ id }) => id);
}

/** They are to be indexed again, as if they had just come. */
export async function setPending(sql: Sql, scope: TenantScope, documentIds: string[]): Promise<void> {
  await sql.rows(
    `UPDATE documents SET status = 'pending', error_message = NULL, error_code = NULL, updated_at = clock_timestamp() WHERE org_id = $1 AND id = ANY ($2::uuid[])`,
    [scope.orgId, documentIds],
  );
}

/** What a finishing job needs to know; undefined when the operation was cancelled or the collection is gone. */
export interface ReindexInHand {
  collectionId: string;
  indexId: string;
  space: string;
  points: number;
  /** What serves until then. */
  serving: { indexId: string; space: string };
  /** What has to hold before it does. */
  verify: ReindexVerify | null;
}

/** Queries that the new index is asked before it serves, beside the old one. */
export interface ReindexVerify {
  queries?: string[];
  /** So many passages of the collection are asked instead. */
  sample?: number;
  /** The least share of the ten best documents that both find, on average. */
  min_overlap?: number;
  judgments?: RelevanceJudgment[];
}

/** How well a document answers a query: 0 is not at all. */
export interface RelevanceJudgment {
  query: string;
  external_id: string;
  relevance: number;
}

const IN_HAND: Statement = {
  name: 'reindex_in_hand',
  text: `SELECT o.collection_id AS "collectionId", i.id AS "indexId", i.space, (SELECT coalesce(sum(m.point_count), 0)::int FROM manifests m WHERE m.org_id = o.org_id AND m.index_id = i.id) AS points,
      jsonb_build_object('indexId', s.id, 'space', s.space) AS serving, o.config->'verify' AS verify
    FROM operations o JOIN collections c ON c.org_id = o.org_id AND c.id = o.collection_id AND c.deleted_at IS NULL
    JOIN collection_indexes s ON s.org_id = c.org_id AND s.id = c.serving_index_id
    JOIN collection_indexes i ON i.org_id = o.org_id AND i.id = o.index_id AND i.state = 'building'
    WHERE o.org_id = $1 AND o.id = $2 AND o.state IN ('pending','processing')`,
};

export async function reindexInHand(sql: Sql, scope: TenantScope, operationId: string): Promise<ReindexInHand | undefined> {
  const [row] = await sql.rows<ReindexInHand>(IN_HAND, [scope.orgId, operationId]);
  return row;
}

/** Holds a collection against changes, for its reindexing; false when it is gone. */
export async function holdCollection(sql: Sql, scope: TenantScope, id: string): Promise<boolean> {
  return (await sql.rows('SELECT 1 FROM collections WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE', [scope.orgId, id])).length > 0;
}

// How a document is, is said from now on by the index that serves now, and by the job that brings it there.
const ADOPT: Statement = {
  name: 'adopt_documents',
  text: `WITH d AS (SELECT org_id, id, gen FROM documents WHERE org_id = $1 AND collection_id = $2 AND deleted_at IS NULL AND status <> 'completed' ORDER BY id FOR UPDATE),
  made AS (UPDATE documents u SET status = 'completed', error_message = NULL, error_code = NULL, updated_at = clock_timestamp(), indexed_at = m.activated_at
    FROM d JOIN manifests m ON m.org_id = d.org_id AND m.document_id = d.id AND m.index_id = $3 AND m.gen = d.gen WHERE u.org_id = d.org_id AND u.id = d.id RETURNING u.id),
  coming AS (UPDATE documents u SET job_id = j.id FROM d JOIN jobs j ON j.org_id = d.org_id AND j.document_id = d.id AND j.state IN ('queued','running') AND j.payload->>'index_id' = $3::text
    WHERE u.org_id = d.org_id AND u.id = d.id AND NOT EXISTS (SELECT 1 FROM made WHERE made.id = u.id))
  SELECT 1`,
};

// What was found in a text belongs to the index that it was found for, as its chunks do.
const SHOW_EXTRACTED: Statement = {
  name: 'show_extracted',
  text: `WITH d AS (SELECT d.id, m.extracted FROM documents d JOIN manifests m ON m.org_id = d.org_id AND m.document_id = d.id AND m.index_id = $3
      WHERE d.org_id = $1 AND d.collection_id = $2 AND d.deleted_at IS NULL AND d.extracted IS DISTINCT FROM m.extracted ORDER BY d.id FOR UPDATE OF d)
    UPDATE documents u SET extracted = d.extracted FROM d WHERE u.org_id = $1 AND u.id = d.id`,
};

/** From this commit on the new index serves. The old one stays for a while, to go back to. */
export async function switchIndex(sql: Sql, scope: TenantScope, collectionId: string, indexId: string): Promise<void> {
  const of = [scope.orgId, collectionId];
  await keepVersionBeforeSwitch(sql, scope, collectionId, indexId);
  await sql.rows(
    `UPDATE collection_indexes SET state = 'retired', retired_at = clock_timestamp() WHERE org_id = $1 AND collection_id = $2 AND state = 'serving'`,
    of,
  );
  await sql.rows(`UPDATE collection_indexes SET state = 'serving', served_at = clock_timestamp(), retired_at = NULL WHERE org_id = $1 AND id = $2`, [
    scope.orgId,
    indexId,
  ]);
  await sql.rows('UPDATE collections SET serving_index_id = $3, updated_at = clock_timestamp() WHERE org_id = $1 AND id = $2', [...of, indexId]);
  await sql.rows(ADOPT, [...of, indexId]);
  await sql.rows(SHOW_EXTRACTED, [...of, indexId]);
}

/** Nothing is left to do when the jobs of the operation have ended. */
export async function finishWithJobs(sql: Sql, scope: TenantScope, operationId: string): Promise<void> {
  await sql.rows('UPDATE operations SET has_finish = false WHERE org_id = $1 AND id = $2', [scope.orgId, operationId]);
}

/** The index is not built any further, and its operation says why. */
export async function abandonIndex(sql: Sql, scope: TenantScope, operationId: string, reason: string): Promise<void> {
  await sql.rows(
    `UPDATE collection_indexes i SET state = 'retired', retired_at = clock_timestamp() FROM operations o
    WHERE o.org_id = $1 AND o.id = $2 AND i.org_id = o.org_id AND i.id = o.index_id AND i.state = 'building'`,
    [scope.orgId, operationId],
  );
  await sql.rows('UPDATE operations SET error = $3 WHERE org_id = $1 AND id = $2', [scope.orgId, operationId, reason]);
}
