import { giveUpAfter, type Sql, type Statement } from '../data/database.js';
import type { JobId, OrgId, PointId } from '../ids.js';
import { GARBAGE_DUE, spaceLockSql, storedIdSql } from '../jobs/job-sql.js';
import { type Lease, LeaseLostError } from '../jobs/lease.js';
import type { SpaceState } from '../reconcile/reconcile.repository.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import { type SparseVector, sparseBytes } from './sparse-vector.js';

/** What a vector is made of. */
export type PendingContent = { kind: 'text'; text: string } | { kind: 'image'; image: Buffer };

/** One text or image to embed, and the point and generation it is for. */
export interface PendingVector {
  pointId: PointId;
  gen: string;
  content: PendingContent;
  /** By which the same content is recognised. */
  contentHash: Buffer;
  assetId: string;
  segmentId: string;
  model: string;
  modelVer: string;
  space: string;
  /** How often Qdrant had lost the space by then. */
  losses: string;
  /** The index of a collection, for a part of a document. */
  indexId: string | null;
  /** What the organisation's text or image was embedded to before, under any name in the same space; null when it is new. */
  known: KnownVector | null;
}

/** A vector and how long the text is that it was made of. */
export interface EmbeddedText {
  vector: Float32Array;
  /** Tokens of the whole text, and of the part the model read; not known for mock vectors of ids and images. */
  tokens?: number | undefined;
  readTokens?: number | undefined;
}

export interface KnownVector {
  vector: Buffer;
  tokens: number | undefined;
  readTokens: number | undefined;
}

export interface MadeVector extends EmbeddedText {
  pointId: PointId;
  gen: string;
  /** Given where the vector depends on nothing but its content: the next one who sends the same is spared the model. */
  contentHash?: Buffer | undefined;
  /** The words of the text, and the language they are most likely in. */
  terms?: SparseVector | undefined;
  language?: string | undefined;
}

export interface StoredVector {
  pointId: PointId;
  orgId: OrgId;
  assetId: string;
  segmentId: string;
  model: string;
  modelVer: string;
  space: string;
  vector: Buffer;
}

// No text holds a NUL, so none can pass for an image.
const CONTENT_HASH = `CASE WHEN i.image IS NULL THEN sha256(convert_to(i.text, 'UTF8')) ELSE sha256('\\x00'::bytea || i.image) END`;

// OFFSET 0: the hash is computed once for each row.
const INPUTS: Statement = {
  name: 'read_job_inputs',
  text: `SELECT i.point_id AS "pointId", i.gen::text, i.text, i.image, content.hash AS "contentHash", v.asset_id AS "assetId", v.segment_id AS "segmentId", v.model, v.model_ver AS "modelVer", v.space, v.index_id AS "indexId", coalesce(s.losses, 0)::text AS losses,
      known.vector AS known_vector, known.tokens AS known_tokens, known.read_tokens AS known_read_tokens
    FROM job_inputs i JOIN vectors v ON v.org_id = i.org_id AND v.point_id = i.point_id LEFT JOIN spaces s ON s.name = v.space
    CROSS JOIN LATERAL (SELECT ${CONTENT_HASH} AS hash OFFSET 0) AS content
    LEFT JOIN LATERAL (SELECT k.vector, k.tokens, k.read_tokens FROM vectors k WHERE k.org_id = i.org_id AND k.space = v.space
      AND k.text_hash = content.hash AND k.live_token IS NOT NULL LIMIT 1) AS known ON true
    WHERE i.org_id = $1 AND i.job_id = $2 ORDER BY i.ordinal`,
};

// The only moment a vector becomes visible, and only for the holder of the lease. A generation that is not newer than what is live (or than the delete) changes nothing.
// Rows are locked in the order of their ids. What was live before, and what came too late, is garbage from here on. Searches look after what is fresh themselves.
const ACTIVATE: Statement = {
  name: 'activate_vectors',
  text: `WITH shared AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(${spaceLockSql('$13')})),
  mine AS MATERIALIZED (SELECT 1 FROM shared, jobs WHERE org_id = $1::uuid AND id = $7::uuid AND lease_token = $5::uuid AND state = 'running' FOR UPDATE OF jobs),
  made AS (SELECT * FROM unnest($2::uuid[], $3::bigint[], $4::bytea[], $8::bytea[], $9::int[], $10::int[], $11::bytea[], $12::text[]) AS m(point_id, gen, vector, text_hash, tokens, read_tokens, terms, language)),
  held AS (SELECT v.point_id, v.space, v.live_token, v.live_gen, v.deleted_at FROM mine, vectors v WHERE v.org_id = $1::uuid AND v.point_id = ANY ($2::uuid[]) ORDER BY v.point_id FOR UPDATE OF v),
  live AS (UPDATE vectors v SET live_gen = made.gen, live_token = $5::uuid, live_accepted_at = $6::timestamptz, vector = made.vector,
      text_hash = made.text_hash, tokens = made.tokens, read_tokens = made.read_tokens, terms = made.terms, language = made.language
    FROM made JOIN held ON held.point_id = made.point_id
    WHERE v.org_id = $1::uuid AND v.point_id = made.point_id AND held.live_gen < made.gen AND held.deleted_at IS NULL RETURNING v.point_id),
  garbage AS (INSERT INTO garbage_points (org_id, space, stored_id, due_at)
    SELECT $1::uuid, held.space, CASE WHEN live.point_id IS NULL THEN ${storedIdSql('held.point_id', '$5::uuid')} ELSE ${storedIdSql('held.point_id', 'held.live_token')} END, ${GARBAGE_DUE}
    FROM held LEFT JOIN live ON live.point_id = held.point_id WHERE live.point_id IS NULL OR held.live_token IS NOT NULL ON CONFLICT DO NOTHING),
  fresh AS (INSERT INTO fresh_points (org_id, id, space, point_ids) SELECT $1::uuid, gen_random_uuid(), $13::text, array_agg(point_id) FROM live HAVING count(*) > 0),
  forgotten AS (DELETE FROM job_inputs USING mine WHERE org_id = $1::uuid AND job_id = $7::uuid)
  SELECT live.point_id AS "pointId" FROM mine LEFT JOIN live ON true`,
};

const READ: Statement = {
  name: 'read_vector',
  text: `SELECT point_id AS "pointId", org_id AS "orgId", asset_id AS "assetId", segment_id AS "segmentId", model, model_ver AS "modelVer", space, vector
    FROM vectors WHERE org_id = $1 AND point_id = $2 AND live_token IS NOT NULL AND index_id IS NULL`,
};

// A write that was accepted earlier can still be running after a later one, the owner, failed: the delete has to beat that too.
const STILL_COMING = `EXISTS (SELECT 1 FROM job_inputs i JOIN jobs j ON j.org_id = i.org_id AND j.id = i.job_id
      WHERE i.org_id = vectors.org_id AND i.point_id = vectors.point_id AND j.state IN ('queued', 'running'))`;

// The tombstone is the delete: from this commit on nothing finds the point, whatever Qdrant still holds.
// It takes a generation of its own, so a running job that was accepted before it comes too late.
// Parts of documents are deleted with their documents only.
const tombstone = (
  where: string,
): string => `WITH held AS (SELECT point_id, space, live_token FROM vectors WHERE org_id = $1::uuid AND index_id IS NULL AND ${where}
    AND (live_token IS NOT NULL OR owner_job_id IS NOT NULL OR ${STILL_COMING}) ORDER BY point_id FOR UPDATE),
  dead AS (UPDATE vectors v SET gen = v.gen + 1, live_gen = v.gen + 1, live_token = NULL, live_accepted_at = NULL, vector = NULL, text_hash = NULL, tokens = NULL, read_tokens = NULL, terms = NULL, language = NULL, owner_job_id = NULL, owner_key = NULL, deleted_at = clock_timestamp()
    FROM held WHERE v.org_id = $1::uuid AND v.point_id = held.point_id RETURNING v.point_id),
  garbage AS (INSERT INTO garbage_points (org_id, space, stored_id, due_at)
    SELECT $1::uuid, space, ${storedIdSql('point_id', 'live_token')}, ${GARBAGE_DUE} FROM held WHERE live_token IS NOT NULL ON CONFLICT DO NOTHING)
  SELECT point_id FROM dead`;

const DELETE_POINT: Statement = { name: 'delete_vector', text: tombstone('point_id = $2::uuid') };
const DELETE_ASSET: Statement = { name: 'delete_asset_vectors', text: tombstone('asset_id = $2::text') };

// A candidate counts only if the attempt that wrote it is the live one; of several labels of one segment only the newest counts. Parts of documents have one.
const VISIBLE: Statement = {
  name: 'visible_vectors',
  text: `SELECT v.point_id AS "pointId", v.live_token AS token, v.asset_id AS "assetId", v.segment_id AS "segmentId", v.model, v.model_ver AS "modelVer",
      v.index_id AS "indexId", v.chunk_id AS "chunkId"
    FROM unnest($2::uuid[], $3::uuid[]) AS hit(point_id, token) JOIN vectors v ON v.org_id = $1::uuid AND v.point_id = hit.point_id AND v.live_token = hit.token
    WHERE v.index_id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM vectors n WHERE n.org_id = v.org_id AND n.space = v.space AND n.asset_id = v.asset_id AND n.segment_id = v.segment_id
      AND n.live_token IS NOT NULL AND (n.live_accepted_at, n.point_id) > (v.live_accepted_at, v.point_id))`,
};

// As one statement: beside a search of some milliseconds, each one more is felt.
const JUDGED: Statement = {
  name: 'judged_vectors',
  text: `SELECT state.*, visible.* FROM (SELECT coalesce(bool_or(restoring), false) AS restoring, coalesce(max(losses), 0)::text AS losses,
      EXISTS (SELECT FROM fresh_points WHERE org_id = $1::uuid AND space = $4) AS "hasFresh" FROM spaces WHERE name = $4) state
    LEFT JOIN (${VISIBLE.text}) visible ON true`,
};

export interface VisibleVector {
  pointId: PointId;
  token: string;
  assetId: string;
  segmentId: string;
  model: string;
  modelVer: string;
  /** Of a part of a document; null for vectors that belong to none. */
  indexId: string | null;
  chunkId: string | null;
}

interface PendingRow extends Omit<PendingVector, 'known' | 'content'> {
  text: string | null;
  image: Buffer | null;
  known_vector: Buffer | null;
  known_tokens: number | null;
  known_read_tokens: number | null;
}

export async function readPendingVectors(sql: Sql, scope: TenantScope, jobId: JobId): Promise<PendingVector[]> {
  const rows = await sql.rows<PendingRow>(INPUTS, [scope.orgId, jobId]);
  return rows.map(({ text, image, known_vector: vector, known_tokens: tokens, known_read_tokens: readTokens, ...pending }) => ({
    ...pending,
    content: image === null ? { kind: 'text', text: text as string } : { kind: 'image', image },
    known: vector && { vector, tokens: tokens ?? undefined, readTokens: readTokens ?? undefined },
  }));
}

/**
 * Makes the vectors visible and answers which; the others were superseded or deleted meanwhile. The texts and images of the job are forgotten.
 * Who then asks for the losses of the space (`lossesOf`) learns of all that the reconciler will not mend by what is live now.
 * Call it in the transaction that ends the job: it locks the job first, so everybody takes the two locks in the same order.
 */
export async function activateVectors(sql: Sql, scope: TenantScope, lease: Lease, space: string, made: MadeVector[]): Promise<Set<PointId>> {
  const rows = await sql.rows<{ pointId: PointId | null }>(ACTIVATE, [
    scope.orgId,
    made.map((vector) => vector.pointId),
    made.map((vector) => vector.gen),
    made.map((vector) => floatBytes(vector.vector)),
    lease.token,
    lease.acceptedAt,
    lease.jobId,
    made.map(({ contentHash }) => contentHash ?? null),
    made.map(({ tokens }) => tokens ?? null),
    made.map(({ readTokens }) => readTokens ?? null),
    made.map(({ terms }) => (terms === undefined ? null : sparseBytes(terms))),
    made.map(({ language }) => language ?? null),
    space,
  ]);
  if (rows.length === 0) throw new LeaseLostError(lease.jobId);
  return new Set(rows.flatMap((row) => (row.pointId === null ? [] : [row.pointId])));
}

export async function readVector(sql: Sql, scope: TenantScope, pointId: PointId): Promise<StoredVector | undefined> {
  const [row] = await sql.rows<StoredVector>(READ, [scope.orgId, pointId]);
  return row;
}

/** What a client may see of a vector. No text: it is not kept. */
export function payloadOf(vector: Pick<StoredVector, 'orgId' | 'assetId' | 'segmentId' | 'model' | 'modelVer'>): {
  org_id: OrgId;
  asset_id: string;
  segment_id: string;
  model: string;
  model_ver: string;
} {
  return { org_id: vector.orgId, asset_id: vector.assetId, segment_id: vector.segmentId, model: vector.model, model_ver: vector.modelVer };
}

export async function deleteVector(sql: Sql, scope: TenantScope, pointId: PointId): Promise<boolean> {
  return (await sql.rows(DELETE_POINT, [scope.orgId, pointId])).length > 0;
}

export async function deleteAssetVectors(sql: Sql, scope: TenantScope, assetId: string): Promise<number> {
  return (await sql.rows(DELETE_ASSET, [scope.orgId, assetId])).length;
}

/** Which of the candidates are live right now, in one snapshot. */
export function visibleVectors(sql: Sql, scope: TenantScope, hits: { pointId: string; token: string }[]): Promise<VisibleVector[]> {
  return sql.rows<VisibleVector>(VISIBLE, [scope.orgId, hits.map((hit) => hit.pointId), hits.map((hit) => hit.token)]);
}

/** How a space is, and which of the candidates from it are live, in one snapshot. */
export interface Judged extends SpaceState {
  /** Something became live a moment ago: `freshVectors` says what. */
  hasFresh: boolean;
  visible: VisibleVector[];
}

export async function judgedVectors(sql: Sql, scope: TenantScope, space: string, hits: { pointId: string; token: string }[]): Promise<Judged> {
  type Row = Omit<Judged, 'visible'> & (VisibleVector | { pointId: null });
  const rows = await sql.rows<Row>(JUDGED, [scope.orgId, hits.map((hit) => hit.pointId), hits.map((hit) => hit.token), space]);
  const { restoring, losses, hasFresh } = rows[0] as Row;
  return { restoring, losses, hasFresh, visible: rows.flatMap((row) => (row.pointId === null ? [] : [row])) };
}

const TERMS_SAMPLE: Statement = {
  name: 'terms_sample',
  text: `SELECT text_hash AS "textHash", terms, language FROM vectors
    WHERE org_id = $1 AND space = $2 AND live_token IS NOT NULL AND text_hash > $3 AND terms IS NOT NULL ORDER BY text_hash LIMIT $4`,
};

export interface SampledTerms {
  textHash: Buffer;
  terms: Buffer;
  language: string | null;
}

/** A page of the words of live vectors, in the order of their texts' hashes: the first thousands are as good a sample as any. */
export async function sampleTerms(sql: Sql, scope: TenantScope, space: string, after: Buffer, limit: number): Promise<SampledTerms[]> {
  await giveUpAfter(sql, 3);
  return sql.rows<SampledTerms>(TERMS_SAMPLE, [scope.orgId, space, after, limit]);
}

export function floatBytes(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}

export function floatsOf(bytes: Buffer): Float32Array {
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
