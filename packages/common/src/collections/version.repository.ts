import type { Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

/** How a collection was before a change of it. */
export interface VersionView {
  number: number;
  name: string;
  description: string;
  isPublic: boolean;
  autoMaintenance: boolean;
  metadata: Record<string, unknown>;
  /** How documents were cut and embedded, as it is asked for. */
  settings: Record<string, unknown>;
  changedBy: string;
  changedAt: Date;
}

const settingsSql = (i: string): string => `jsonb_build_object('embedding_model', ${i}.model, 'quantization', ${i}.quantization, 'chunk_size', ${i}.chunk_size,
  'chunk_overlap', ${i}.chunk_overlap, 'chunking_strategy', ${i}.chunking_strategy, 'chunking_config', ${i}.chunking_config, 'embed_context', ${i}.embed_context, 'extract_metadata', ${i}.extract_metadata)`;

// The collection is locked, so no number is taken twice.
const keep = (by: string, where: string): string =>
  `INSERT INTO collection_versions (org_id, collection_id, number, name, description, is_public, auto_maintenance, metadata, settings, changed_by)
    SELECT c.org_id, c.id, (SELECT coalesce(max(v.number), 0) + 1 FROM collection_versions v WHERE v.org_id = c.org_id AND v.collection_id = c.id),
      c.name, c.description, c.is_public, c.auto_maintenance, c.metadata, ${settingsSql('i')}, ${by}
    FROM collections c JOIN collection_indexes i ON i.org_id = c.org_id AND i.id = c.serving_index_id WHERE c.org_id = $1 AND c.id = $2 AND ${where}`;

const BEFORE_UPDATE: Statement = {
  name: 'keep_version_before_update',
  text: keep(
    '$8::text',
    `(c.name, c.description, c.is_public, c.metadata, c.auto_maintenance) IS DISTINCT FROM
      (coalesce($3::text, c.name), coalesce($4::text, c.description), coalesce($5::boolean, c.is_public), coalesce($6::jsonb, c.metadata), coalesce($7::boolean, c.auto_maintenance))`,
  ),
};

// Whoever asked for the index has changed it, not the job that makes it serve.
const ASKED_BY = `coalesce((SELECT o.created_by FROM operations o WHERE o.org_id = c.org_id AND o.collection_id = c.id AND o.index_id = $3 ORDER BY o.created_at DESC LIMIT 1), $4::text)`;
const BEFORE_SWITCH: Statement = {
  name: 'keep_version_before_switch',
  text: keep(
    ASKED_BY,
    `EXISTS (SELECT FROM collection_indexes n WHERE n.org_id = c.org_id AND n.id = $3 AND ${settingsSql('n')} IS DISTINCT FROM ${settingsSql('i')})`,
  ),
};

/** Keeps how the collection is, where these values of its update change it. The caller holds it. */
export async function keepVersionBeforeUpdate(sql: Sql, scope: TenantScope, valuesOfUpdate: unknown[]): Promise<void> {
  await sql.rows(BEFORE_UPDATE, [...valuesOfUpdate, scope.actor]);
}

/** Keeps how the collection is, where the index that is to serve cuts or embeds otherwise. The caller holds it. */
export async function keepVersionBeforeSwitch(sql: Sql, scope: TenantScope, collectionId: string, indexId: string): Promise<void> {
  await sql.rows(BEFORE_SWITCH, [scope.orgId, collectionId, indexId, scope.actor]);
}

// Versions of before there was such a setting were without it.
const SETTINGS = `'{"extract_metadata": false}'::jsonb || settings AS settings`;
const COLUMNS = `number, name, description, is_public AS "isPublic", auto_maintenance AS "autoMaintenance", metadata, ${SETTINGS}, changed_by AS "changedBy", changed_at AS "changedAt"`;
const OF_COLLECTION = 'FROM collection_versions WHERE org_id = $1 AND collection_id = $2';

const LIST: Statement = { name: 'list_versions', text: `SELECT ${COLUMNS} ${OF_COLLECTION} ORDER BY number DESC LIMIT $3 OFFSET $4` };
const COUNT: Statement = { name: 'count_versions', text: `SELECT count(*)::int AS total ${OF_COLLECTION}` };
const READ: Statement = { name: 'read_version', text: `SELECT ${COLUMNS} ${OF_COLLECTION} AND number = $3` };

/** A page of the versions of a collection that the caller may read, the newest first. */
export async function listVersions(
  sql: Sql,
  scope: TenantScope,
  collectionId: string,
  { limit, offset }: { limit: number; offset: number },
): Promise<{ versions: VersionView[]; total: number }> {
  const versions = await sql.rows<VersionView>(LIST, [scope.orgId, collectionId, limit, offset]);
  const [count] = await sql.rows<{ total: number }>(COUNT, [scope.orgId, collectionId]);
  return { versions, total: count?.total ?? 0 };
}

export async function readVersion(sql: Sql, scope: TenantScope, collectionId: string, number: number): Promise<VersionView> {
  const [version] = await sql.rows<VersionView>(READ, [scope.orgId, collectionId, number]);
  if (!version) throw noVersion();
  return version;
}

export function noVersion(): CairnError {
  return new CairnError('not_found', 'The collection has no version of this number.');
}
