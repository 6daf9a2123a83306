import { createHash } from 'node:crypto';
import type { IndexView } from '../collections/collection.repository.js';
import type { Sql, Statement } from '../data/database.js';
import { PermanentJobError } from '../errors/catalogue.js';
import { type PointId, pointIdOf } from '../ids.js';
import { GARBAGE_DUE, storedIdSql } from '../jobs/job-sql.js';
import { type Lease, LeaseLostError } from '../jobs/lease.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import type { BlobToStore } from './blob.repository.js';

/** What a job needs to know to bring a document into an index. */
export interface DocumentTask {
  documentId: string;
  gen: string;
  title: string | null;
  fileName: string;
  mimeType: string | null;
  isText: boolean;
  content: BlobToStore;
  index: IndexView;
  /** Whether keywords and entities are wanted: a source says it of its files, else the index. */
  extractsMetadata: boolean;
  /** What a source said about how its files are to be read. */
  reading: Record<string, unknown>;
}

/** A chunk and what is embedded of it: itself, or windows of it where the model does not read so much at once. */
export interface CutChunk {
  index: number;
  text: string;
  start: number;
  end: number;
  tokens: number;
  page?: number | undefined;
  /** Where pages behind `page` begin that it goes on over. */
  pageStarts?: readonly number[] | undefined;
  headingPath?: readonly string[] | undefined;
  parent?: { start: number; end: number } | undefined;
  time?: { start: number; end: number } | undefined;
  metadata?: Record<string, unknown> | undefined;
  windows: readonly string[];
}

/** A part of a chunk under the name that it has in the index. */
export interface ChunkPoint {
  pointId: PointId;
  segmentId: string;
  /** The id of its chunk: the point of the chunk's first window. */
  chunkId: PointId;
  text: string;
}

export interface PlacedChunk extends CutChunk {
  id: PointId;
}

/**
 * Names every window: its segment is the hash of what is embedded and how many times that came before in the document, so its vector is a function of its
 * id, and a chunk that did not change keeps it. A later index of the collection adds its number, because both may stand at once.
 */
export function placeChunks(
  scope: TenantScope,
  documentId: string,
  index: IndexView,
  chunks: readonly CutChunk[],
): { chunks: PlacedChunk[]; points: ChunkPoint[] } {
  const seen = new Map<string, number>();
  const points: ChunkPoint[] = [];
  const placed = chunks.map((chunk) => {
    const windows = chunk.windows.map((text) => {
      const hash = createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 32);
      const occurrence = seen.get(hash) ?? 0;
      seen.set(hash, occurrence + 1);
      const segmentId = `${hash}-${occurrence}${index.number === 1 ? '' : `-${index.number}`}`;
      const pointId = pointIdOf({ orgId: scope.orgId, assetId: documentId, segmentId, model: index.model, modelVer: index.modelVer });
      return { pointId, segmentId, text };
    });
    const id = (windows[0] as { pointId: PointId }).pointId;
    points.push(...windows.map((window) => ({ ...window, chunkId: id })));
    return { ...chunk, id };
  });
  return { chunks: placed, points };
}

const TASK: Statement = {
  name: 'document_task',
  text: `SELECT d.id AS "documentId", d.gen::text, d.title, d.file_name AS "fileName", d.mime_type AS "mimeType", d.is_text AS "isText", coalesce(s.config, '{}') AS reading,
      CASE jsonb_typeof(s.config->'extract_metadata') WHEN 'boolean' THEN (s.config->>'extract_metadata')::boolean ELSE i.extract_metadata END AS "extractsMetadata",
      b.hash, b.size::float8, b.bytes, m.gen::text AS "manifestGen",
      jsonb_build_object('id', i.id, 'number', i.number, 'state', i.state, 'model', i.model, 'modelVer', i.model_ver, 'space', i.space, 'quantization', i.quantization, 'chunkingStrategy', i.chunking_strategy,
        'chunkSize', i.chunk_size, 'chunkOverlap', i.chunk_overlap, 'chunkingConfig', i.chunking_config, 'embedContext', i.embed_context, 'extractMetadata', i.extract_metadata, 'storeName', i.store_name) AS index
    FROM documents d JOIN collections c ON c.org_id = d.org_id AND c.id = d.collection_id AND c.deleted_at IS NULL
    JOIN collection_indexes i ON i.org_id = d.org_id AND i.id = $3 AND i.collection_id = c.id AND i.state <> 'retired'
    JOIN blobs b ON b.org_id = d.org_id AND b.hash = d.content_hash
    LEFT JOIN sources s ON s.org_id = d.org_id AND s.id = d.source_id
    LEFT JOIN manifests m ON m.org_id = d.org_id AND m.document_id = d.id AND m.index_id = i.id
    WHERE d.org_id = $1 AND d.id = $2 AND d.deleted_at IS NULL`,
};

interface TaskRow extends Omit<DocumentTask, 'content'> {
  hash: string;
  size: number;
  bytes: Buffer | null;
  manifestGen: string | null;
}

/** The document as it is now, whatever it was when the job was accepted; undefined when there is nothing left to do. */
export async function readDocumentTask(sql: Sql, scope: TenantScope, documentId: string, indexId: string): Promise<DocumentTask | undefined> {
  const [row] = await sql.rows<TaskRow>(TASK, [scope.orgId, documentId, indexId]);
  if (!row || row.manifestGen === row.gen) return undefined;
  const { hash, size, bytes, manifestGen: _, ...task } = row;
  return { ...task, content: { hash, size, bytes: bytes ?? undefined } };
}

// What no attempt makes live any more is let go; a point that is live, or that another job is about to write, stays.
const LET_GO = `gone AS (DELETE FROM vectors v USING held WHERE v.org_id = $1::uuid AND v.point_id = held.point_id AND held.live_token IS NULL
    AND NOT EXISTS (SELECT 1 FROM job_inputs i WHERE i.org_id = v.org_id AND i.point_id = v.point_id AND i.job_id <> $2::uuid))`;

const UNSTAGE: Statement = {
  name: 'unstage_document_points',
  text: `WITH inputs AS (DELETE FROM job_inputs WHERE org_id = $1::uuid AND job_id = $2::uuid AND point_id <> ALL ($3::uuid[]) RETURNING point_id),
  held AS (SELECT v.point_id, v.live_token FROM vectors v JOIN inputs ON inputs.point_id = v.point_id WHERE v.org_id = $1::uuid ORDER BY v.point_id FOR UPDATE OF v),
  ${LET_GO}
  SELECT 1`,
};

// Rows are locked in the order of their ids, like everywhere else. A point that is live already stays as it is.
const STAGE: Statement = {
  name: 'stage_document_points',
  text: `WITH p AS (SELECT * FROM unnest($3::uuid[], $4::text[], $5::uuid[], $6::text[]) WITH ORDINALITY AS p(point_id, segment_id, chunk_id, text, ordinal)),
  staged AS (INSERT INTO vectors AS v (org_id, point_id, asset_id, segment_id, model, model_ver, space, gen, index_id, chunk_id)
    SELECT $1::uuid, p.point_id, $7::text, p.segment_id, $8::text, $9::text, $10::text, 1, $11::uuid, p.chunk_id FROM p ORDER BY p.point_id
    ON CONFLICT (org_id, point_id) DO UPDATE SET gen = v.gen + 1, deleted_at = NULL WHERE v.live_token IS NULL AND v.index_id = excluded.index_id
    RETURNING v.point_id, v.gen),
  input AS (INSERT INTO job_inputs AS i (org_id, job_id, point_id, ordinal, gen, text)
    SELECT $1::uuid, $2::uuid, p.point_id, p.ordinal::int, staged.gen, p.text FROM staged JOIN p ON p.point_id = staged.point_id
    ON CONFLICT (org_id, job_id, point_id) DO UPDATE SET ordinal = excluded.ordinal, gen = excluded.gen, text = excluded.text)
  SELECT point_id FROM staged`,
};

/**
 * Puts down what has to be embedded, so that whatever becomes of this attempt is cleaned up; points that are live already are not among it, and what an
 * earlier attempt had put down of another version is taken back. Throws when the job is no longer ours: what came late would stay for ever.
 */
export async function stageChunkPoints(
  sql: Sql,
  scope: TenantScope,
  lease: Lease,
  task: Pick<DocumentTask, 'documentId' | 'index'>,
  points: ChunkPoint[],
): Promise<void> {
  const { index, documentId } = task;
  const columns = [
    points.map(({ pointId }) => pointId),
    points.map(({ segmentId }) => segmentId),
    points.map(({ chunkId }) => chunkId),
    points.map(({ text }) => text),
  ];
  await holdJob(sql, scope, lease);
  await sql.rows(UNSTAGE, [scope.orgId, lease.jobId, columns[0]]);
  await sql.rows(STAGE, [scope.orgId, lease.jobId, ...columns, documentId, index.model, index.modelVer, index.space, index.id]);
}

const HOLD_JOB: Statement = {
  name: 'hold_job',
  text: `SELECT 1 FROM jobs WHERE org_id = $1 AND id = $2 AND lease_token = $3 AND state = 'running' FOR UPDATE`,
};

// Shared with others who write; whoever lets another index serve holds it alone, so that no version becomes live in an index that is just retiring.
const HOLD_COLLECTION: Statement = {
  name: 'hold_collection_of_document',
  text: 'SELECT 1 FROM collections c JOIN documents d ON d.org_id = c.org_id AND d.collection_id = c.id WHERE d.org_id = $1 AND d.id = $2 FOR SHARE OF c',
};

const LOCK_DOCUMENT: Statement = {
  name: 'lock_document',
  text: 'SELECT 1 FROM documents WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE',
};

const HELD_DOCUMENT: Statement = {
  name: 'held_document',
  text: `SELECT d.gen::text, i.state AS "indexState", coalesce(m.gen, 0)::text AS "liveGen" FROM documents d
    JOIN collections c ON c.org_id = d.org_id AND c.id = d.collection_id AND c.deleted_at IS NULL
    JOIN collection_indexes i ON i.org_id = d.org_id AND i.id = $3 AND i.state <> 'retired'
    LEFT JOIN manifests m ON m.org_id = d.org_id AND m.document_id = d.id AND m.index_id = i.id
    WHERE d.org_id = $1 AND d.id = $2 AND d.deleted_at IS NULL`,
};

interface HeldForActivation {
  gen: string;
  indexState: 'serving' | 'building';
  liveGen: string;
}

/** Locks the job, which comes before all that it changes; throws when it is no longer ours. */
export async function holdJob(sql: Sql, scope: TenantScope, lease: Lease): Promise<void> {
  if ((await sql.rows(HOLD_JOB, [scope.orgId, lease.jobId, lease.token])).length === 0) throw new LeaseLostError(lease.jobId);
}

/** Locks the job, then the collection, then the document. Undefined when what was made has come too late: the document or its collection is gone, or a newer version is live. */
export async function holdForActivation(sql: Sql, scope: TenantScope, lease: Lease, task: DocumentTask): Promise<HeldForActivation | undefined> {
  await holdJob(sql, scope, lease);
  await sql.rows(HOLD_COLLECTION, [scope.orgId, task.documentId]);
  // Read by a statement of its own: the one that waits for the lock would show what was live before it waited.
  await sql.rows(LOCK_DOCUMENT, [scope.orgId, task.documentId]);
  const [held] = await sql.rows<HeldForActivation>(HELD_DOCUMENT, [scope.orgId, task.documentId, task.index.id]);
  return held && BigInt(held.liveGen) < BigInt(task.gen) ? held : undefined;
}

const DISCARD: Statement = {
  name: 'discard_attempt',
  text: `WITH inputs AS (DELETE FROM job_inputs WHERE org_id = $1::uuid AND job_id = $2::uuid RETURNING point_id),
  held AS (SELECT v.point_id, v.space, v.live_token FROM vectors v JOIN inputs ON inputs.point_id = v.point_id WHERE v.org_id = $1::uuid ORDER BY v.point_id FOR UPDATE OF v),
  garbage AS (INSERT INTO garbage_points (org_id, space, stored_id, due_at) SELECT $1::uuid, space, ${storedIdSql('point_id', '$3::uuid')}, ${GARBAGE_DUE} FROM held ON CONFLICT DO NOTHING),
  ${LET_GO}
  SELECT 1`,
};

// A job of another version may have been faster, and this one, which says how the document is, had been cancelled or had failed before that.
const SETTLE: Statement = {
  name: 'settle_document',
  text: `UPDATE documents d SET status = 'completed', error_message = NULL, error_code = NULL, updated_at = clock_timestamp()
    FROM collections c JOIN manifests m ON m.org_id = c.org_id AND m.index_id = c.serving_index_id
    WHERE d.org_id = $1 AND d.id = $2 AND d.deleted_at IS NULL AND d.status <> 'completed' AND c.org_id = d.org_id AND c.id = d.collection_id
      AND m.document_id = d.id AND m.gen = d.gen`,
};

/** Whatever the job wrote counts for nothing: the document is gone, or there already as it is now. Call it while the job is held. */
export async function supersede(sql: Sql, scope: TenantScope, lease: Lease, documentId: string): Promise<void> {
  await sql.rows(DISCARD, [scope.orgId, lease.jobId, lease.token]);
  await sql.rows(SETTLE, [scope.orgId, documentId]);
}

// What was live and is not part of this version is dead from here on. Its row goes: the same chunk may come back, as a new one.
const RETIRE: Statement = {
  name: 'retire_document_points',
  text: `WITH held AS (SELECT v.point_id, v.space, v.live_token FROM vectors v WHERE v.org_id = $1::uuid AND v.asset_id = $2::text AND v.index_id = $3::uuid
      AND v.live_token IS NOT NULL AND v.point_id <> ALL ($4::uuid[]) ORDER BY v.point_id FOR UPDATE),
  garbage AS (INSERT INTO garbage_points (org_id, space, stored_id, due_at) SELECT $1::uuid, space, ${storedIdSql('point_id', 'live_token')}, ${GARBAGE_DUE} FROM held ON CONFLICT DO NOTHING),
  gone AS (DELETE FROM vectors v USING held WHERE v.org_id = $1::uuid AND v.point_id = held.point_id)
  SELECT count(*)::int AS retired FROM held`,
};

const LIVE: Statement = {
  name: 'live_document_points',
  text: `WITH moved AS (UPDATE vectors v SET chunk_id = p.chunk_id FROM unnest($4::uuid[], $5::uuid[]) AS p(point_id, chunk_id)
      WHERE v.org_id = $1 AND v.point_id = p.point_id AND v.chunk_id <> p.chunk_id)
    SELECT count(*)::int AS live FROM vectors v WHERE v.org_id = $1 AND v.asset_id = $2 AND v.index_id = $3 AND v.live_token IS NOT NULL AND v.point_id = ANY ($4::uuid[])`,
};

const CLEAR_CHUNKS: Statement = { name: 'clear_chunks', text: 'DELETE FROM chunks WHERE org_id = $1 AND index_id = $2 AND document_id = $3' };

const CHUNKS: Statement = {
  name: 'insert_chunks',
  text: `INSERT INTO chunks (org_id, index_id, document_id, number, id, text, start_at, end_at, tokens, page, page_starts, heading_path, parent_start, parent_end, time_start, time_end, metadata)
    SELECT $1, $2, $3, c.number, c.id, c.text, c.start_at, c.end_at, c.tokens, c.page, c.page_starts, c.heading_path, c.parent_start, c.parent_end, c.time_start, c.time_end, c.metadata
    FROM jsonb_to_recordset($4::jsonb) AS c(number int, id uuid, text text, start_at int, end_at int, tokens int, page int, page_starts int[], heading_path text[], parent_start int, parent_end int, time_start float8, time_end float8, metadata jsonb)`,
};

const MANIFEST: Statement = {
  name: 'write_manifest',
  text: `INSERT INTO manifests (org_id, document_id, index_id, gen, job_id, token, chunk_count, point_count, tokens, text_length, extracted) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (org_id, document_id, index_id) DO UPDATE SET gen = excluded.gen, job_id = excluded.job_id, token = excluded.token, chunk_count = excluded.chunk_count,
      point_count = excluded.point_count, tokens = excluded.tokens, text_length = excluded.text_length, extracted = excluded.extracted, activated_at = clock_timestamp()`,
};

// Pending it stays while a newer version waits, and until the index that serves has it.
const COMPLETE: Statement = {
  name: 'complete_document',
  text: `UPDATE documents SET facts = $3, extracted = CASE WHEN $6 THEN $7::jsonb ELSE extracted END, mime_type = coalesce(mime_type, $5), updated_at = clock_timestamp(), indexed_at = CASE WHEN $6 THEN clock_timestamp() ELSE indexed_at END,
      status = CASE WHEN $6 AND gen = $4 THEN 'completed' ELSE status END, error_message = CASE WHEN $6 AND gen = $4 THEN NULL ELSE error_message END,
      error_code = CASE WHEN $6 AND gen = $4 THEN NULL ELSE error_code END
    WHERE org_id = $1 AND id = $2 AND ($6 OR gen = $4)`,
};

export interface MadeDocument {
  chunks: PlacedChunk[];
  points: ChunkPoint[];
  facts: Record<string, unknown>;
  /** Keywords and entities of its text; null where they are not wanted. */
  extracted: object | null;
  mimeType: string;
  textLength: number;
}

export class ReusedPointsGoneError extends Error {}

const ROWS_AT_A_TIME = 2_000;

/**
 * Writes what the new version consists of, after its vectors were made visible in the same transaction: from its commit on all of the new version is found, and
 * nothing of the old one.
 */
export async function activateDocument(
  sql: Sql,
  scope: TenantScope,
  lease: Lease,
  task: DocumentTask,
  made: MadeDocument,
  held: HeldForActivation,
): Promise<void> {
  const { documentId, index, gen } = task;
  const pointIds = made.points.map(({ pointId }) => pointId);
  const of = [scope.orgId, documentId, index.id];
  await sql.rows(RETIRE, [...of, pointIds]);
  const [row] = await sql.rows<{ live: number }>(LIVE, [...of, pointIds, made.points.map(({ chunkId }) => chunkId)]);
  // Another job of the same document made some of them dead after this one had found them live.
  if (row?.live !== pointIds.length) throw new ReusedPointsGoneError('Parts of the document that were live are not any more; it is indexed again.');
  await sql.rows(CLEAR_CHUNKS, [scope.orgId, index.id, documentId]);
  for (let at = 0; at < made.chunks.length; at += ROWS_AT_A_TIME)
    await sql.rows(CHUNKS, [scope.orgId, index.id, documentId, JSON.stringify(made.chunks.slice(at, at + ROWS_AT_A_TIME).map(chunkRecord))]);
  const tokens = made.chunks.reduce((sum, chunk) => sum + chunk.tokens, 0);
  await sql.rows(MANIFEST, [...of, gen, lease.jobId, lease.token, made.chunks.length, pointIds.length, tokens, made.textLength, made.extracted]);
  await sql.rows(COMPLETE, [scope.orgId, documentId, made.facts, gen, made.mimeType, held.indexState === 'serving', made.extracted]);
}

function chunkRecord({ id, index, text, start, end, tokens, page, pageStarts, headingPath, parent, time, metadata }: PlacedChunk): object {
  const span = { start_at: start, end_at: end, parent_start: parent?.start, parent_end: parent?.end, time_start: time?.start, time_end: time?.end };
  return { number: index, id, text, tokens, page, page_starts: pageStarts, heading_path: headingPath, metadata, ...span };
}

export function contentGone(): PermanentJobError {
  return new PermanentJobError('content_gone', 'The content of the document is no longer there. Send the document again.');
}
