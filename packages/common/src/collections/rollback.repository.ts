import type { Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import { type IndexView, readIndex } from './collection.repository.js';

// The one that served last. One that is being removed is nothing to go back to; one that was never whole neither.
const LAST: Statement = {
  name: 'reopen_last_index',
  text: `UPDATE collection_indexes SET state = 'building', retired_at = NULL WHERE org_id = $1 AND id = (SELECT id FROM collection_indexes
    WHERE org_id = $1 AND collection_id = $2 AND state = 'retired' AND served_at IS NOT NULL AND emptied_at IS NULL ORDER BY retired_at DESC LIMIT 1 FOR UPDATE)
    AND emptied_at IS NULL RETURNING id`,
};

/** The index that served before, as one that is being built: what is in it is still there. Throws when there is none. The caller holds the collection. */
export async function reopenLastIndex(sql: Sql, scope: TenantScope, collectionId: string): Promise<IndexView> {
  const [row] = await sql.rows<{ id: string }>(LAST, [scope.orgId, collectionId]);
  const index = row && (await readIndex(sql, scope, row.id));
  if (index === undefined)
    throw new CairnError('conflict', 'There is no earlier index to go back to: the collection was never reindexed, or what it had before was removed since.');
  return index;
}

const CHANGED: Statement = {
  name: 'documents_changed_since',
  text: `SELECT d.id FROM documents d LEFT JOIN manifests m ON m.org_id = d.org_id AND m.document_id = d.id AND m.index_id = $3
    WHERE d.org_id = $1 AND d.collection_id = $2 AND d.deleted_at IS NULL AND d.status <> 'failed' AND m.gen IS DISTINCT FROM d.gen ORDER BY d.created_at, d.id`,
};

/** Documents that the index does not have as they are now. */
export async function documentsChangedSince(sql: Sql, scope: TenantScope, collectionId: string, indexId: string): Promise<string[]> {
  return (await sql.rows<{ id: string }>(CHANGED, [scope.orgId, collectionId, indexId])).map(({ id }) => id);
}

/** An index as its collection shows it. */
export interface ListedIndex extends IndexView {
  chunkCount: number;
  documentCount: number;
  createdAt: Date;
  servedAt: Date | null;
  retiredAt: Date | null;
}

const LIST: Statement = {
  name: 'indexes_of_collection',
  text: `SELECT i.id, i.number, i.state, i.model, i.model_ver AS "modelVer", i.space, i.quantization, i.chunking_strategy AS "chunkingStrategy", i.chunk_size AS "chunkSize",
      i.chunk_overlap AS "chunkOverlap", i.chunking_config AS "chunkingConfig", i.embed_context AS "embedContext", i.extract_metadata AS "extractMetadata", i.store_name AS "storeName",
      i.created_at AS "createdAt", i.served_at AS "servedAt", i.retired_at AS "retiredAt", cut.chunks AS "chunkCount", cut.documents AS "documentCount"
    FROM collection_indexes i JOIN LATERAL (SELECT coalesce(sum(m.chunk_count), 0)::int AS chunks, count(*)::int AS documents FROM manifests m
      WHERE m.org_id = i.org_id AND m.index_id = i.id) cut ON true
    WHERE i.org_id = $1 AND i.collection_id = $2 AND i.emptied_at IS NULL ORDER BY i.number DESC LIMIT 50`,
};

/** The indexes of a collection that can serve, serve, or can be gone back to, the newest first. */
export function listIndexes(sql: Sql, scope: TenantScope, collectionId: string): Promise<ListedIndex[]> {
  return sql.rows<ListedIndex>(LIST, [scope.orgId, collectionId]);
}
