import type { Sql, Statement } from '../data/database.js';
import { FAILURES_TRIED_AGAIN } from '../documents/failures.js';
import { CairnError } from '../errors/catalogue.js';
import { newId } from '../ids.js';
import { chargeUsage } from '../quotas/charge-usage.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

export interface SourceView {
  id: string;
  collectionId: string;
  sourceType: string;
  sourcePath: string;
  config: Record<string, unknown>;
  documentCount: number;
  sizeBytes: number;
  createdAt: Date;
  lastIndexedAt: Date | null;
  syncEveryMinutes: number | null;
  isPaused: boolean;
  nextRunAt: Date | null;
  lastRunAt: Date | null;
  /** Why the last run failed; null when it did not. */
  lastError: string | null;
}

/** Kinds of sources that are one file; the files of others are named below them. */
export const SOURCES_OF_ONE_FILE: readonly string[] = ['file', 'url'];

const COLUMNS = `s.id, s.collection_id AS "collectionId", s.source_type AS "sourceType", s.source_path AS "sourcePath", s.config, held.documents AS "documentCount",
  held.bytes::float8 AS "sizeBytes", s.created_at AS "createdAt", s.last_indexed_at AS "lastIndexedAt",
  s.sync_every_minutes AS "syncEveryMinutes", s.is_paused AS "isPaused", s.next_run_at AS "nextRunAt", s.last_run_at AS "lastRunAt", s.last_error AS "lastError"`;
const FROM = `FROM sources s JOIN LATERAL (SELECT count(*)::int AS documents, coalesce(sum(d.size_bytes), 0) AS bytes FROM documents d
    WHERE d.org_id = s.org_id AND d.source_id = s.id AND d.deleted_at IS NULL) held ON true WHERE s.org_id = $1 AND s.removed_at IS NULL`;

const LIST: Statement = { name: 'list_sources', text: `SELECT ${COLUMNS} ${FROM} AND s.collection_id = $2 ORDER BY s.created_at, s.id` };
const READ: Statement = { name: 'read_source', text: `SELECT ${COLUMNS} ${FROM} AND s.id = $2` };

/** The sources of a collection that the caller may read. */
export function listSources(sql: Sql, scope: TenantScope, collectionId: string): Promise<SourceView[]> {
  return sql.rows<SourceView>(LIST, [scope.orgId, collectionId]);
}

export async function readSource(sql: Sql, scope: TenantScope, id: string): Promise<SourceView | undefined> {
  const [source] = await sql.rows<SourceView>(READ, [scope.orgId, id]);
  return source;
}

/** The sources that a collection has or had. */
export async function sourceIdsOf(sql: Sql, scope: TenantScope, collectionId: string): Promise<string[]> {
  const rows = await sql.rows<{ id: string }>('SELECT id FROM sources WHERE org_id = $1 AND collection_id = $2', [scope.orgId, collectionId]);
  return rows.map(({ id }) => id);
}

const PUT: Statement = {
  name: 'put_source',
  text: `INSERT INTO sources (org_id, id, collection_id, source_type, source_path, config, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (org_id, collection_id, source_type, source_path) WHERE removed_at IS NULL DO UPDATE SET config = excluded.config RETURNING id, xmax = 0 AS "isNew"`,
};

/** The source of this path in the collection: the same one when it is there already, with what was said of it last. */
export async function putSource(
  sql: Sql,
  scope: TenantScope,
  source: { collectionId: string; sourceType: string; sourcePath: string; config: Record<string, unknown> },
): Promise<string> {
  const { collectionId, sourceType, sourcePath, config } = source;
  const [row] = await sql.rows<{ id: string; isNew: boolean }>(PUT, [scope.orgId, newId(), collectionId, sourceType, sourcePath, config, scope.actor]);
  const { id, isNew } = row as { id: string; isNew: boolean };
  if (isNew) chargeUsage(sql, scope, collectionId, { sources: 1 });
  return id;
}

/** Keeps what the secrets of a source were sealed to; null for none. */
export async function keepSecrets(sql: Sql, scope: TenantScope, id: string, sealed: Buffer | null): Promise<void> {
  await sql.rows('UPDATE sources SET secrets = $3 WHERE org_id = $1 AND id = $2', [scope.orgId, id, sealed]);
}

/** The sealed secrets of a source; undefined when it has none. */
export async function readSecrets(sql: Sql, scope: TenantScope, id: string): Promise<Buffer | undefined> {
  const [source] = await sql.rows<{ secrets: Buffer | null }>('SELECT secrets FROM sources WHERE org_id = $1 AND id = $2', [scope.orgId, id]);
  return source?.secrets ?? undefined;
}

const BY_PATH: Statement = {
  name: 'source_by_path',
  text: `SELECT ${COLUMNS} ${FROM} AND s.collection_id = $2 AND s.source_path = ANY ($3::text[]) ORDER BY array_position($3::text[], s.source_path), s.created_at`,
};

/** The source of the first of these paths that has one. */
export async function sourceByPath(sql: Sql, scope: TenantScope, collectionId: string, ...paths: string[]): Promise<SourceView | undefined> {
  const [source] = await sql.rows<SourceView>(BY_PATH, [scope.orgId, collectionId, paths]);
  return source;
}

const REMOVE: Statement = {
  name: 'remove_source',
  text: `UPDATE sources SET removed_at = clock_timestamp() WHERE org_id = $1 AND id = $2 AND removed_at IS NULL RETURNING collection_id AS "collectionId"`,
};

/** From this commit on no run of it adds anything; its documents are removed by a job. */
export async function markSourceRemoved(sql: Sql, scope: TenantScope, id: string): Promise<void> {
  const removed = await sql.rows<{ collectionId: string }>(REMOVE, [scope.orgId, id]);
  for (const { collectionId } of removed) chargeUsage(sql, scope, collectionId, { sources: -1 });
}

const HOLD: Statement = {
  name: 'hold_source',
  text: `SELECT s.id FROM sources s JOIN collections c ON c.org_id = s.org_id AND c.id = s.collection_id AND c.deleted_at IS NULL
    WHERE s.org_id = $1 AND s.id = $2 AND s.removed_at IS NULL FOR SHARE OF s, c`,
};

/** Holds a source and its collection as they are; false when one of them is gone. */
export async function holdSource(sql: Sql, scope: TenantScope, id: string): Promise<boolean> {
  return (await sql.rows(HOLD, [scope.orgId, id])).length > 0;
}

const VERSIONS: Statement = {
  name: 'source_versions',
  text: `SELECT external_id AS "externalId", source_version AS version FROM documents
    WHERE org_id = $1 AND collection_id = $2 AND source_id = $3 AND external_id = ANY ($4::text[]) AND deleted_at IS NULL AND source_version IS NOT NULL
      AND NOT (status = 'failed' AND error_code = ANY ($5::text[]))`,
};

/** Which version of these files is known already; what failed and may go well now is not. */
export async function knownVersions(
  sql: Sql,
  scope: TenantScope,
  { id, collectionId }: Pick<SourceView, 'id' | 'collectionId'>,
  externalIds: string[],
): Promise<Map<string, string>> {
  const rows = await sql.rows<{ externalId: string; version: string }>(VERSIONS, [scope.orgId, collectionId, id, externalIds, FAILURES_TRIED_AGAIN]);
  return new Map(rows.map(({ externalId, version }) => [externalId, version]));
}

// Of several the one closest to the document, which is the one that says most about it.
const HEIRS: Statement = {
  name: 'heirs_of_documents',
  text: `SELECT d.id, heir.id AS heir FROM documents d CROSS JOIN LATERAL (SELECT s.id FROM sources s
      WHERE s.org_id = d.org_id AND s.collection_id = d.collection_id AND s.removed_at IS NULL AND s.id <> d.source_id
        AND (s.source_path = d.external_id OR (s.source_type <> ALL ($3::text[]) AND starts_with(d.external_id, rtrim(s.source_path, '/') || '/')))
      ORDER BY length(s.source_path) DESC, s.id LIMIT 1) heir
    WHERE d.org_id = $1 AND d.id = ANY ($2::uuid[]) AND d.deleted_at IS NULL ORDER BY d.id`,
};

// Held to the end of the transaction: a source that is removed after it takes what it inherits with it.
const SUMMON: Statement = {
  name: 'summon_sources',
  text: 'UPDATE sources SET next_run_at = clock_timestamp() WHERE org_id = $1 AND id = ANY ($2::uuid[]) AND removed_at IS NULL RETURNING id',
};

const BEQUEATH: Statement = {
  name: 'bequeath_documents',
  text: `UPDATE documents d SET source_id = n.heir FROM unnest($2::uuid[], $3::uuid[]) AS n(id, heir)
    WHERE d.org_id = $1 AND d.id = n.id AND d.deleted_at IS NULL RETURNING d.id`,
};

/**
 * Gives documents of a source that is removed to others of the collection that they lie below, and has these looked through: it is the run that says
 * whether they hold them. Answers which documents were given.
 */
export async function handOver(sql: Sql, scope: TenantScope, documentIds: string[]): Promise<string[]> {
  const found = await sql.rows<{ id: string; heir: string }>(HEIRS, [scope.orgId, documentIds, SOURCES_OF_ONE_FILE]);
  if (found.length === 0) return [];
  const summoned = await sql.rows<{ id: string }>(SUMMON, [scope.orgId, [...new Set(found.map(({ heir }) => heir))]]);
  const heirs = new Set(summoned.map(({ id }) => id));
  const given = found.filter(({ heir }) => heirs.has(heir));
  const rows = await sql.rows<{ id: string }>(BEQUEATH, [scope.orgId, given.map(({ id }) => id), given.map(({ heir }) => heir)]);
  return rows.map(({ id }) => id);
}

const PAGE: Statement = {
  name: 'documents_of_source',
  text: `SELECT id, external_id AS "externalId" FROM documents WHERE org_id = $1 AND source_id = $2 AND deleted_at IS NULL AND id > $3 ORDER BY id LIMIT $4`,
};

const FIRST = '00000000-0000-0000-0000-000000000000';

/** A page of the documents of a source, in the order of their ids. */
export function documentsOfSource(
  sql: Sql,
  scope: TenantScope,
  id: string,
  { after = FIRST, limit }: { after?: string | undefined; limit: number },
): Promise<{ id: string; externalId: string }[]> {
  return sql.rows<{ id: string; externalId: string }>(PAGE, [scope.orgId, id, after, limit]);
}

const LATER_RUN: Statement = {
  name: 'later_run_of_source',
  text: `SELECT 1 FROM operations o JOIN operations mine ON mine.org_id = o.org_id AND mine.id = $3
    WHERE o.org_id = $1 AND o.source_id = $2 AND (o.created_at, o.id) > (mine.created_at, mine.id) LIMIT 1`,
};

/** Whether the source was sent again after the run of this operation. While the source is held, no later one comes. */
export async function hasLaterRun(sql: Sql, scope: TenantScope, id: string, operationId: string): Promise<boolean> {
  return (await sql.rows(LATER_RUN, [scope.orgId, id, operationId])).length > 0;
}

/** A run of the source has come to its end. */
export async function sourceIndexed(sql: Sql, scope: TenantScope, id: string): Promise<void> {
  await sql.rows('UPDATE sources SET last_indexed_at = clock_timestamp() WHERE org_id = $1 AND id = $2', [scope.orgId, id]);
}

export function noSource(): CairnError {
  return new CairnError('not_found', 'There is no such source in this collection.');
}
