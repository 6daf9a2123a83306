import type { Access } from '../collections/access.js';
import { type IndexView, indexesInUse, shareCollection } from '../collections/collection.repository.js';
import type { CollectionType } from '../collections/collection-words.js';
import type { Sql, Statement } from '../data/database.js';
import { isUniqueViolation } from '../data/pg-errors.js';
import { CairnError } from '../errors/catalogue.js';
import { canonicalJson, type Json, newId } from '../ids.js';
import { beginOperation } from '../operations/operation.repository.js';
import { chargeUsage } from '../quotas/charge-usage.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import { acceptDocumentJobs, type DocumentJobOptions } from './document-jobs.js';
import { FAILURES_TRIED_AGAIN } from './failures.js';

/** A document as it was sent or found. Its content is stored already, under its hash. */
export interface NewDocument {
  /** One that is free in the organisation; a new one when absent. */
  id?: string | undefined;
  /** By which it is replaced later; one of its own when absent. */
  externalId?: string | undefined;
  fileName: string;
  filePath?: string | undefined;
  title?: string | undefined;
  mimeType?: string | undefined;
  /** Sent as a text, not as a file. */
  isText?: boolean | undefined;
  size: number;
  contentHash: string;
  metadata?: Record<string, unknown> | undefined;
  sourceId?: string | undefined;
  /** By which its source tells whether it changed. */
  sourceVersion?: string | undefined;
}

/** What became of a document that was sent: it is being indexed, only its metadata changed, or nothing. */
export type Acceptance = 'pending' | 'updated' | 'unchanged';

export interface AcceptedDocument {
  id: string;
  externalId: string;
  fileName: string;
  status: Acceptance;
  duplicateOf: string | null;
}

interface Known {
  id: string;
  externalId: string;
  contentHash: string;
  title: string | null;
  mimeType: string | null;
  fileName: string;
  metadata: Record<string, unknown>;
  sourceId: string | null;
  status: string;
  errorCode: string | null;
  size: number;
}

export interface Decided {
  id: string;
  document: NewDocument & { externalId: string };
  known: Known | undefined;
  status: Acceptance;
}

const KNOWN: Statement = {
  name: 'documents_by_external_id',
  text: `SELECT id, external_id AS "externalId", content_hash AS "contentHash", title, mime_type AS "mimeType", file_name AS "fileName", metadata, source_id AS "sourceId", status, error_code AS "errorCode", size_bytes::float8 AS size FROM documents
    WHERE org_id = $1 AND collection_id = $2 AND external_id = ANY ($3::text[]) AND deleted_at IS NULL ORDER BY id FOR UPDATE`,
};

const FIELDS = `id uuid, external_id text, file_name text, file_path text, title text, mime_type text, is_text boolean, size_bytes bigint, content_hash text, metadata jsonb, source_id uuid, source_version text`;

const INSERT: Statement = {
  name: 'insert_documents',
  text: `INSERT INTO documents (org_id, collection_id, created_at, id, external_id, file_name, file_path, title, mime_type, is_text, size_bytes, content_hash, metadata, source_id, source_version)
    SELECT $1, $2, statement_timestamp(), d.* FROM jsonb_to_recordset($3::jsonb) AS d(${FIELDS}) ORDER BY d.external_id
    ON CONFLICT (org_id, collection_id, external_id) WHERE deleted_at IS NULL DO NOTHING RETURNING id`,
};

// A new generation only where something has to be made again: metadata is read from here by every search.
const REPLACE: Statement = {
  name: 'replace_documents',
  text: `UPDATE documents d SET gen = d.gen + 1, status = 'pending', error_message = NULL, error_code = NULL, file_name = n.file_name, file_path = n.file_path, title = n.title, mime_type = n.mime_type,
      is_text = n.is_text, size_bytes = n.size_bytes, content_hash = n.content_hash, metadata = n.metadata, source_id = coalesce(n.source_id, d.source_id), source_version = n.source_version, updated_at = clock_timestamp(),
      sent_at = clock_timestamp()
    FROM jsonb_to_recordset($2::jsonb) AS n(${FIELDS}) WHERE d.org_id = $1 AND d.id = n.id`,
};

const DESCRIBE: Statement = {
  name: 'describe_documents',
  text: `UPDATE documents d SET metadata = n.metadata, source_id = coalesce(n.source_id, d.source_id), source_version = n.source_version, updated_at = clock_timestamp(), sent_at = clock_timestamp()
    FROM jsonb_to_recordset($2::jsonb) AS n(${FIELDS}) WHERE d.org_id = $1 AND d.id = n.id`,
};

// What did not change is not written, unless a deletion is under way that must leave alone what was sent after it.
const STAY: Statement = {
  name: 'keep_documents_sent_again',
  text: `UPDATE documents SET sent_at = clock_timestamp() WHERE org_id = $1 AND id = ANY ($3::uuid[])
    AND EXISTS (SELECT FROM operations o WHERE o.org_id = $1 AND o.collection_id = $2 AND o.type = 'delete_documents' AND o.state IN ('pending','processing'))`,
};

/** The id of the oldest live document of the organisation with the content of the document `d`, null where `d` is that one itself. */
export function duplicateOfSql(d: string): string {
  return `(SELECT o.id FROM documents o JOIN collections oc ON oc.org_id = o.org_id AND oc.id = o.collection_id AND oc.deleted_at IS NULL
    WHERE o.org_id = ${d}.org_id AND o.content_hash = ${d}.content_hash AND o.deleted_at IS NULL AND (o.created_at, o.id) < (${d}.created_at, ${d}.id)
    ORDER BY o.created_at, o.id LIMIT 1)`;
}

const DUPLICATES: Statement = {
  name: 'duplicates_of',
  text: `SELECT d.id, ${duplicateOfSql('d')} AS "duplicateOf" FROM documents d WHERE d.org_id = $1 AND d.id = ANY ($2::uuid[])`,
};

const TRIES = 5;

export interface AcceptOptions extends DocumentJobOptions {
  /** What is to be told of the operation. */
  config?: Record<string, unknown>;
}

/**
 * Writes documents, their jobs and the operation that counts them. A document whose external id is there already replaces that one, or is unchanged
 * and costs nothing. Call it in a transaction; it holds the collection.
 */
export async function acceptDocuments(
  sql: Sql,
  access: Access,
  collectionId: string,
  documents: NewDocument[],
  options: AcceptOptions,
): Promise<{ operationId: string; documents: AcceptedDocument[]; jobs: number }> {
  const { type } = await shareCollection(sql, access, collectionId, 'write');
  assertTakesDocuments(type);
  const indexes = await indexesInUse(sql, access, collectionId);
  const decided = await writeDocuments(sql, access, collectionId, documents);
  const changed = decided.filter(({ status }) => status === 'pending');
  const jobs = changed.length * indexes.length;
  const duplicates = await duplicatesOf(sql, access.scope, decided);
  const counts = { unchanged: decided.length - changed.length, duplicates: duplicates.size };
  const operationId = await beginOperation(sql, access.scope, {
    collectionId,
    type: 'append',
    config: options.config ?? {},
    result: counts,
    total: jobs,
    jobs,
  });
  await startIndexing(sql, access, { operationId, indexes, documentIds: changed.map(({ id }) => id) }, options);
  return { operationId, jobs, documents: decided.map((one) => answerOf(one, duplicates)) };
}

interface Indexing {
  operationId: string;
  indexes: IndexView[];
  documentIds: string[];
}

/** A job for each document and index; that of the index that serves says how the document is. */
export async function startIndexing(
  sql: Sql,
  { scope }: Pick<Access, 'scope'>,
  { operationId, indexes, documentIds }: Indexing,
  options: DocumentJobOptions,
): Promise<void> {
  for (const index of indexes) {
    const owns = index.state === 'serving';
    await acceptDocumentJobs(sql, scope, { operationId, indexId: index.id, documentIds, owns }, options);
  }
}

/** Inserts what is new and replaces what changed, whoever else sends the same meanwhile. The last of several with one external id counts. */
export async function writeDocuments(sql: Sql, { scope }: Pick<Access, 'scope'>, collectionId: string, documents: NewDocument[]): Promise<Decided[]> {
  const named = lastOfEach(documents.map((document) => withId(document)));
  const made = new Set<string>(); // of these the next try must not believe that they were there already
  for (let tries = 0; tries < TRIES; tries++) {
    const ids = named.map(({ document }) => document.externalId);
    const found = (await sql.rows<Known>(KNOWN, [scope.orgId, collectionId, ids])).filter(({ id }) => !made.has(id));
    const known = new Map(found.map((row) => [row.externalId, row]));
    const decided = named.map(({ id, document }) => decide(id, document, known.get(document.externalId)));
    const added = decided.filter((one) => one.known === undefined && !made.has(one.id));
    const inserted = added.length === 0 ? [] : await sql.rows<{ id: string }>(INSERT, [scope.orgId, collectionId, recordsOf(added)]).catch(takenId);
    for (const { id } of inserted) made.add(id);
    if (inserted.length < added.length) continue; // somebody else has just sent some of them
    await write(sql, scope.orgId, REPLACE, decided, 'pending');
    await write(sql, scope.orgId, DESCRIBE, decided, 'updated');
    const same = decided.filter(({ status }) => status === 'unchanged');
    if (same.length > 0) await sql.rows(STAY, [scope.orgId, collectionId, same.map(({ id }) => id)]);
    chargeUsage(sql, scope, collectionId, { documents: made.size, bytes: bytesAdded(decided) });
    return decided;
  }
  throw new CairnError('conflict', 'The same documents are being sent by many requests at once. Try again in a moment.');
}

function takenId(error: unknown): never {
  throw isUniqueViolation(error, 'documents_pkey')
    ? new CairnError('conflict', 'Another request is bringing documents of the same ids. Try again in a moment.')
    : error;
}

function bytesAdded(decided: Decided[]): number {
  const changed = decided.filter(({ status }) => status === 'pending');
  return changed.reduce((bytes, { document, known }) => bytes + document.size - (known?.size ?? 0), 0);
}

async function write(sql: Sql, orgId: string, statement: Statement, decided: Decided[], status: Acceptance): Promise<void> {
  const ones = decided.filter((one) => one.known !== undefined && one.status === status);
  if (ones.length > 0) await sql.rows(statement, [orgId, recordsOf(ones)]);
}

type Named = Pick<Decided, 'id' | 'document'>;

function withId(document: NewDocument): Named {
  const id = document.id ?? newId();
  return { id, document: { ...document, externalId: document.externalId ?? id } };
}

function lastOfEach(named: Named[]): Named[] {
  return [...new Map(named.map((one) => [one.document.externalId, one])).values()];
}

function decide(newDocumentId: string, document: NewDocument & { externalId: string }, known: Known | undefined): Decided {
  if (known === undefined) return { id: newDocumentId, document, known, status: 'pending' };
  return { id: known.id, document, known, status: acceptanceOf(document, known) };
}

function acceptanceOf(document: NewDocument, known: Known): Acceptance {
  const isSame =
    known.contentHash === document.contentHash &&
    known.title === (document.title ?? null) &&
    (document.mimeType === undefined || known.mimeType === document.mimeType) && // where it was not said, what was found out is kept
    known.fileName === document.fileName;
  if (!isSame || mayGoWell(known)) return 'pending';
  const isTheirs = document.sourceId === undefined || document.sourceId === known.sourceId; // else it would go with the source that had it before
  return isTheirs && isEqual(known.metadata, document.metadata ?? {}) ? 'unchanged' : 'updated';
}

/** What could not be read will not be read either when it is sent again. */
function mayGoWell({ status, errorCode }: Known): boolean {
  return status === 'failed' && (errorCode === null || FAILURES_TRIED_AGAIN.includes(errorCode));
}

// Postgres gives the keys of an object in an order of its own.
function isEqual(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  return canonicalJson(a as Json) === canonicalJson(b as Json);
}

function recordsOf(decided: Decided[]): string {
  return JSON.stringify(
    decided.map(({ id, document }) => ({
      id,
      external_id: document.externalId,
      file_name: document.fileName,
      file_path: document.filePath,
      title: document.title,
      mime_type: document.mimeType,
      is_text: document.isText ?? false,
      size_bytes: document.size,
      content_hash: document.contentHash,
      metadata: document.metadata ?? {},
      source_id: document.sourceId,
      source_version: document.sourceVersion,
    })),
  );
}

/** Of these documents those whose content an older one of the organisation has, with its id. */
export async function duplicatesOf(sql: Sql, scope: TenantScope, decided: Decided[]): Promise<Map<string, string>> {
  const rows = await sql.rows<{ id: string; duplicateOf: string | null }>(DUPLICATES, [scope.orgId, decided.map(({ id }) => id)]);
  return new Map(rows.flatMap(({ id, duplicateOf }) => (duplicateOf === null ? [] : [[id, duplicateOf] as const])));
}

function answerOf({ id, document, status }: Decided, duplicates: Map<string, string>): AcceptedDocument {
  return { id, externalId: document.externalId, fileName: document.fileName, status, duplicateOf: duplicates.get(id) ?? null };
}

function assertTakesDocuments(type: CollectionType): void {
  if (type === 'webpages')
    throw new CairnError('bad_request', 'This collection is for web pages only, and takes no documents. Make one of the type "documents" or "mixed".');
}
