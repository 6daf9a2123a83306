import type { Sql, Statement } from '../data/database.js';
import { isUniqueViolation } from '../data/pg-errors.js';
import { CairnError } from '../errors/catalogue.js';
import { shareLearningSql } from '../families/learning-locks.js';
import { newId } from '../ids.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import { type Access, assertRole, type CollectionRole, roleSql, roleValues } from './access.js';
import type { CollectionStatus, CollectionType, Quantization } from './collection-words.js';
import { holdName, nameTaken } from './name.repository.js';
import { keepVersionBeforeUpdate } from './version.repository.js';

/** How an index cuts and embeds documents. It never changes: other settings are another index. */
export interface IndexSettings {
  model: string;
  modelVer: string;
  space: string;
  quantization: Quantization;
  chunkingStrategy: string;
  chunkSize: number;
  chunkOverlap: number;
  chunkingConfig: Record<string, unknown>;
  embedContext: boolean;
  /** Whether keywords and entities are looked for in documents, unless their source says otherwise. */
  extractMetadata: boolean;
  storeName: string;
}

export interface IndexView extends IndexSettings {
  id: string;
  number: number;
  state: 'building' | 'serving' | 'retired';
}

export interface NewCollection {
  id: string;
  name: string;
  description: string;
  type: CollectionType;
  isPublic: boolean;
  autoMaintenance: boolean;
  metadata: Record<string, unknown>;
  settings: IndexSettings;
}

export interface CollectionView {
  id: string;
  name: string;
  description: string;
  type: CollectionType;
  ownerId: number;
  isPublic: boolean;
  /** Whether what failed by chance is tried again without being asked for. */
  autoMaintenance: boolean;
  metadata: Record<string, unknown>;
  role: CollectionRole;
  status: CollectionStatus;
  documentCount: number;
  failedCount: number;
  totalChunks: number;
  totalSizeBytes: number;
  createdAt: Date;
  updatedAt: Date;
  index: IndexView;
}

/** What a collection can be changed in. */
export interface CollectionChange {
  name?: string | undefined;
  description?: string | undefined;
  isPublic?: boolean | undefined;
  autoMaintenance?: boolean | undefined;
  metadata?: Record<string, unknown> | undefined;
}

const INDEX_COLUMNS = `i.id, i.number, i.state, i.model, i.model_ver AS "modelVer", i.space, i.quantization, i.chunking_strategy AS "chunkingStrategy",
  i.chunk_size AS "chunkSize", i.chunk_overlap AS "chunkOverlap", i.chunking_config AS "chunkingConfig", i.embed_context AS "embedContext", i.extract_metadata AS "extractMetadata", i.store_name AS "storeName"`;

// What is still being made ready is said by its first operation; after that the documents and the operations under way say how it is.
// An index that holds documents was opened after all, whatever became of the first try; and another index may serve by now.
const IS_UNOPENED = `o.state = 'failed' AND o.config ? 'initial' AND o.index_id = c.serving_index_id
  AND NOT EXISTS (SELECT FROM manifests m WHERE m.org_id = c.org_id AND m.index_id = c.serving_index_id)`;
const STATUS = `CASE WHEN busy.opening THEN 'pending' WHEN busy.unopened THEN 'error' WHEN busy.working THEN 'processing' WHEN held.failed > 0 THEN 'degraded' ELSE 'ready' END`;

const VIEW = `SELECT c.id, c.name, c.description, c.type, c.owner_id::int AS "ownerId", c.is_public AS "isPublic", c.auto_maintenance AS "autoMaintenance", c.metadata, c.role, ${STATUS} AS status,
    held.documents AS "documentCount", held.failed AS "failedCount", held.bytes::float8 AS "totalSizeBytes", cut.chunks AS "totalChunks",
    c.created_at AS "createdAt", c.updated_at AS "updatedAt", to_jsonb(ix) AS index
  FROM found c JOIN LATERAL (SELECT ${INDEX_COLUMNS} FROM collection_indexes i WHERE i.org_id = c.org_id AND i.id = c.serving_index_id) ix ON true
  JOIN LATERAL (SELECT count(*)::int AS documents, (count(*) FILTER (WHERE d.status = 'failed'))::int AS failed, coalesce(sum(d.size_bytes), 0) AS bytes
    FROM documents d WHERE d.org_id = c.org_id AND d.collection_id = c.id AND d.deleted_at IS NULL) held ON true
  JOIN LATERAL (SELECT coalesce(sum(m.chunk_count), 0)::int AS chunks FROM manifests m WHERE m.org_id = c.org_id AND m.index_id = c.serving_index_id) cut ON true
  JOIN LATERAL (SELECT coalesce(bool_or(o.state IN ('pending','processing')), false) AS working,
      coalesce(bool_or(o.state IN ('pending','processing') AND o.config ? 'initial'), false) AS opening, coalesce(bool_or(${IS_UNOPENED}), false) AS unopened
    FROM operations o WHERE o.org_id = c.org_id AND o.collection_id = c.id AND (o.state IN ('pending','processing') OR o.config ? 'initial')) busy ON true`;

const found = (where: string, rest = ''): string =>
  `found AS (SELECT * FROM (SELECT c.*, ${roleSql('c', 2)} AS role FROM collections c WHERE c.org_id = $1 AND c.deleted_at IS NULL AND ${where}) r WHERE role IS NOT NULL ${rest})`;

const READ: Statement = { name: 'read_collection', text: `WITH ${found('c.id = $4')} ${VIEW}` };

// The pattern's own wildcards are escaped by the caller.
const LISTED = `($4::text IS NULL OR c.name ILIKE $4)`;
const LIST: Statement = {
  name: 'list_collections',
  text: `WITH ${found(LISTED, 'ORDER BY created_at DESC, id DESC LIMIT $5 OFFSET $6')} ${VIEW} ORDER BY c.created_at DESC, c.id DESC`,
};
const COUNT: Statement = { name: 'count_collections', text: `WITH ${found(LISTED)} SELECT count(*)::int AS total FROM found` };

const INSERT: Statement = {
  name: 'insert_collection',
  text: `WITH c AS (INSERT INTO collections (org_id, id, name, description, type, owner_id, is_public, metadata, serving_index_id, auto_maintenance)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $21) RETURNING org_id, id)
  INSERT INTO collection_indexes (org_id, id, collection_id, number, state, model, model_ver, space, quantization, chunking_strategy, chunk_size, chunk_overlap, chunking_config, embed_context, extract_metadata, store_name, served_at)
    SELECT org_id, $9, id, 1, 'serving', $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, clock_timestamp() FROM c`,
};

const takenAs = (name: string) => (error: unknown) => {
  throw isUniqueViolation(error, 'collections_name_idx') ? nameTaken(name) : error;
};

/** The answer for a collection that is not there, is another organisation's, or is a colleague's private one: always the same. */
export function noCollection(): CairnError {
  return new CairnError('not_found', 'There is no collection with this id.');
}

/** Makes a collection with its first index. */
export async function createCollection(sql: Sql, { scope, userId }: Access, wanted: NewCollection): Promise<{ indexId: string }> {
  const { settings } = wanted;
  const indexId = newId();
  await holdName(sql, scope, { name: wanted.name, collectionId: wanted.id });
  const head = [scope.orgId, wanted.id, wanted.name, wanted.description, wanted.type, userId ?? 0, wanted.isPublic, wanted.metadata, indexId];
  const { model, modelVer, space, quantization, chunkingStrategy, chunkSize, chunkOverlap, chunkingConfig, embedContext, extractMetadata, storeName } =
    settings;
  const index = [model, modelVer, space, quantization, chunkingStrategy, chunkSize, chunkOverlap, chunkingConfig, embedContext, extractMetadata, storeName];
  await sql.rows(INSERT, [...head, ...index, wanted.autoMaintenance]).catch(takenAs(wanted.name));
  return { indexId };
}

/** The collection as this caller sees it; throws when there is none for him, or his role does not reach. */
export async function readCollection(sql: Sql, access: Access, id: string, needed: CollectionRole = 'read'): Promise<CollectionView> {
  const [view] = await sql.rows<CollectionView>(READ, [access.scope.orgId, ...roleValues(access), id]);
  if (!view) throw noCollection();
  assertRole(view.role, needed);
  return view;
}

export async function listCollections(
  sql: Sql,
  access: Access,
  { search, limit, offset }: { search?: string | undefined; limit: number; offset: number },
): Promise<{ collections: CollectionView[]; total: number }> {
  const values = [access.scope.orgId, ...roleValues(access), search === undefined ? null : `%${search.replace(/[\\%_]/g, '\\$&')}%`];
  const collections = await sql.rows<CollectionView>(LIST, [...values, limit, offset]);
  const [count] = await sql.rows<{ total: number }>(COUNT, values);
  return { collections, total: count?.total ?? 0 };
}

const UPDATE: Statement = {
  name: 'update_collection',
  text: `UPDATE collections SET name = coalesce($3, name), description = coalesce($4, description), is_public = coalesce($5, is_public),
    metadata = coalesce($6, metadata), auto_maintenance = coalesce($7, auto_maintenance), updated_at = clock_timestamp() WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL`,
};

export async function updateCollection(sql: Sql, access: Access, id: string, change: CollectionChange): Promise<CollectionView> {
  await lockCollection(sql, access, id, 'admin');
  const { name, description, isPublic, metadata, autoMaintenance } = change;
  if (name !== undefined) await holdName(sql, access.scope, { name, collectionId: id });
  const values = [access.scope.orgId, id, name ?? null, description ?? null, isPublic ?? null, metadata ?? null, autoMaintenance ?? null];
  await keepVersionBeforeUpdate(sql, access.scope, values);
  await sql.rows(UPDATE, values).catch(takenAs(name ?? ''));
  return readCollection(sql, access, id);
}

/** From this commit on nothing of it is found or listed, and its names are free. What it held is removed by a job. */
export async function deleteCollection(sql: Sql, access: Access, id: string): Promise<void> {
  await lockCollection(sql, access, id, 'owner');
  await sql.rows('UPDATE collections SET deleted_at = clock_timestamp(), deleted_by = $3, updated_at = clock_timestamp() WHERE org_id = $1 AND id = $2', [
    access.scope.orgId,
    id,
    access.scope.actor,
  ]);
  await sql.rows('DELETE FROM collection_aliases WHERE org_id = $1 AND collection_id = $2', [access.scope.orgId, id]);
}

const LOCK: Statement = {
  name: 'lock_collection',
  text: `SELECT c.type, ${roleSql('c', 3)} AS role FROM collections c WHERE c.org_id = $1 AND c.id = $2 AND c.deleted_at IS NULL FOR UPDATE OF c`,
};

// Shared: writers of documents do not wait for each other, and none of them misses an index that is being made.
// The row is held first, and then what is learnt of it, before anything else: whoever waits for a family to be made holds nothing that others wait for.
const SHARE: Statement = {
  name: 'share_collection',
  text: `WITH c AS MATERIALIZED (${LOCK.text.replace('FOR UPDATE', 'FOR SHARE')}) SELECT c.*, ${shareLearningSql('$2::uuid')} FROM c`,
};

const INDEXES: Statement = {
  name: 'indexes_in_use',
  text: `SELECT ${INDEX_COLUMNS} FROM collection_indexes i WHERE i.org_id = $1 AND i.collection_id = $2 AND i.state IN ('serving','building') ORDER BY i.number`,
};

interface Locked {
  type: CollectionType;
  role: CollectionRole | null;
}

/** Holds the collection against every other change of it. */
export function lockCollection(sql: Sql, access: Access, id: string, needed: CollectionRole): Promise<Locked> {
  return hold(sql, access, id, needed, LOCK);
}

/** Holds the collection as it is, together with others who add to it. */
export function shareCollection(sql: Sql, access: Access, id: string, needed: CollectionRole): Promise<Locked> {
  return hold(sql, access, id, needed, SHARE);
}

async function hold(sql: Sql, access: Access, id: string, needed: CollectionRole, statement: Statement): Promise<Locked> {
  const [row] = await sql.rows<Locked>(statement, [access.scope.orgId, id, ...roleValues(access)]);
  if (!row?.role) throw noCollection();
  assertRole(row.role, needed);
  return row;
}

/** The index that serves, and one that is being built. */
export function indexesInUse(sql: Sql, { scope }: Pick<Access, 'scope'>, collectionId: string): Promise<IndexView[]> {
  return sql.rows<IndexView>(INDEXES, [scope.orgId, collectionId]);
}

const INDEX: Statement = { name: 'read_index', text: `SELECT ${INDEX_COLUMNS} FROM collection_indexes i WHERE i.org_id = $1 AND i.id = $2` };

/** An index by its id; for workers. */
export async function readIndex(sql: Sql, scope: TenantScope, id: string): Promise<IndexView | undefined> {
  const [index] = await sql.rows<IndexView>(INDEX, [scope.orgId, id]);
  return index;
}
