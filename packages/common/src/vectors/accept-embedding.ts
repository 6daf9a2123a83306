import type { Database, Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import { type JobId, newId, type PointId, pointIdOf } from '../ids.js';
import {
  EVENT_AND_BELL,
  INSERT_JOB_COLUMNS,
  INSERT_JOB_VALUES,
  JOB_RETURNING,
  type NewJob,
  newJobValues,
  runOn,
  THIS_TRANSACTION,
} from '../jobs/accept-job.js';
import { TENANT_CTE } from '../jobs/job-sql.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

interface EmbeddingTarget {
  assetId: string;
  segmentId: string;
  model: string;
  modelVer: string;
  space: string;
}

export type TextInput = EmbeddingTarget & { text: string };
export type ImageInput = EmbeddingTarget & { image: Buffer };
/** What is to be embedded under one point. */
export type EmbeddingInput = TextInput | ImageInput;

// A repeat is answered with the job that owns the point, as long as that is the same request and it can still stand:
// failure, cancel and delete all clear the owner. The decision is made on the locked row, so fifty twins make one job.
const SAME_REQUEST = 'v.owner_key = excluded.owner_key';

const ACCEPT_EMBEDDING: Statement = {
  name: 'accept_embedding',
  text: `WITH ${TENANT_CTE},
  point AS (INSERT INTO vectors AS v (org_id, point_id, asset_id, segment_id, model, model_ver, space, gen, owner_job_id, owner_key)
    SELECT tenant.org_id, $13::uuid, $14::text, $15::text, $16::text, $17::text, $18::text, 1, $2::uuid, $5::text FROM tenant
    ON CONFLICT (org_id, point_id) DO UPDATE SET
      gen = CASE WHEN ${SAME_REQUEST} THEN v.gen ELSE v.gen + 1 END,
      owner_job_id = CASE WHEN ${SAME_REQUEST} THEN v.owner_job_id ELSE excluded.owner_job_id END,
      owner_key = excluded.owner_key, space = excluded.space, deleted_at = NULL
    WHERE v.index_id IS NULL AND (v.asset_id, v.segment_id, v.model, v.model_ver) = (excluded.asset_id, excluded.segment_id, excluded.model, excluded.model_ver)
    RETURNING v.org_id, v.point_id, v.gen, v.owner_job_id),
  job AS (INSERT INTO jobs (${INSERT_JOB_COLUMNS})
    SELECT point.org_id, ${INSERT_JOB_VALUES}, false, ${THIS_TRANSACTION} FROM point WHERE point.owner_job_id = $2::uuid
    RETURNING ${JOB_RETURNING}),
  input AS (INSERT INTO job_inputs (org_id, job_id, point_id, ordinal, gen, text, image)
    SELECT job.org_id, job.id, point.point_id, 0, point.gen, $19::text, $20::bytea FROM job, point),
  ${EVENT_AND_BELL}
  SELECT owner_job_id AS id FROM point`,
};

/** Accepts one text or image for one point: job, event, bell and the point's next generation in one statement. A repeat answers the first job. */
export async function acceptEmbedding(database: Database, scope: TenantScope, job: NewJob, input: EmbeddingInput, tx?: Sql): Promise<JobId> {
  const pointId = pointIdOf({ orgId: scope.orgId, ...input });
  const { assetId, segmentId, model, modelVer, space } = input;
  const content = 'text' in input ? [input.text, null] : [null, input.image];
  const values = [...newJobValues(scope, newId<JobId>(), job), pointId, assetId, segmentId, model, modelVer, space, ...content];
  const [row] = await runOn<{ id: JobId }>(tx ?? database, ACCEPT_EMBEDDING, values);
  if (!row) throw pointIdTaken(input);
  return row.id;
}

function pointIdTaken(input: EmbeddingTarget): CairnError {
  return new CairnError(
    'point_id_taken',
    `The asset ${quote(input.assetId)} with the segment ${quote(input.segmentId)} has the point id of another asset and segment, because the id joins its parts by colons. Choose ids without colons.`,
  );
}

const quote = (id: string): string => JSON.stringify(id.length > 80 ? `${id.slice(0, 80)}…` : id);

// Rows are locked in the order of their ids: two batches over the same points wait for each other and never deadlock.
const CLAIM_POINTS: Statement = {
  name: 'claim_points',
  text: `INSERT INTO vectors AS v (org_id, point_id, asset_id, segment_id, model, model_ver, space, gen)
    SELECT $1::uuid, p.point_id, p.asset_id, p.segment_id, $6::text, $7::text, $8::text, 0
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::int[]) AS p(point_id, asset_id, segment_id, ordinal) ORDER BY p.point_id
    ON CONFLICT (org_id, point_id) DO UPDATE SET space = excluded.space
    WHERE v.index_id IS NULL AND (v.asset_id, v.segment_id, v.model, v.model_ver) = (excluded.asset_id, excluded.segment_id, excluded.model, excluded.model_ver)
    RETURNING point_id, owner_job_id, owner_key`,
};

const ACCEPT_BATCH: Statement = {
  name: 'accept_batch',
  text: `WITH point AS (UPDATE vectors v SET gen = v.gen + 1, owner_job_id = $2::uuid, owner_key = $5::text, deleted_at = NULL
    FROM unnest($13::uuid[]) AS p(point_id) WHERE v.org_id = $1::uuid AND v.point_id = p.point_id RETURNING v.org_id, v.point_id, v.gen),
  job AS (INSERT INTO jobs (${INSERT_JOB_COLUMNS})
    VALUES ($1::uuid, ${INSERT_JOB_VALUES}, false, ${THIS_TRANSACTION}) RETURNING ${JOB_RETURNING}),
  input AS (INSERT INTO job_inputs (org_id, job_id, point_id, ordinal, gen, text)
    SELECT point.org_id, job.id, point.point_id, t.ordinal, point.gen, t.text
    FROM job, point JOIN unnest($13::uuid[], $14::int[], $15::text[]) AS t(point_id, ordinal, text) ON t.point_id = point.point_id),
  ${EVENT_AND_BELL}
  SELECT id FROM job`,
};

interface ClaimedPoint {
  point_id: PointId;
  owner_job_id: JobId | null;
  owner_key: string | null;
}

/**
 * Accepts many texts as one job. Segments whose point id another tuple holds are left out; the handler reports them from the payload.
 * `refusedOf` turns the ordinals that were left out into the job's payload.
 */
export async function acceptEmbeddingBatch(sql: Sql, scope: TenantScope, job: NewJob, inputs: TextInput[]): Promise<JobId> {
  const points = inputs.map((input, ordinal) => ({ ...input, ordinal, pointId: pointIdOf({ orgId: scope.orgId, ...input }) }));
  const first = inputs[0] as TextInput;
  const claimed = await sql.rows<ClaimedPoint>(CLAIM_POINTS, [
    scope.orgId,
    points.map((point) => point.pointId),
    points.map((point) => point.assetId),
    points.map((point) => point.segmentId),
    points.map((point) => point.ordinal),
    first.model,
    first.modelVer,
    first.space,
  ]);
  const twin = ownerOfAll(claimed, job.jobKey);
  if (twin) return twin;
  const free = new Set(claimed.map((row) => row.point_id));
  const accepted = points.filter((point) => free.has(point.pointId));
  const refused = points.filter((point) => !free.has(point.pointId)).map((point) => point.segmentId);
  if (accepted.length === 0) throw pointIdTaken(first);
  const values = newJobValues(scope, newId<JobId>(), { ...job, payload: { ...job.payload, refused } });
  const [row] = await sql.rows<{ id: JobId }>(ACCEPT_BATCH, [
    ...values,
    accepted.map((p) => p.pointId),
    accepted.map((p) => p.ordinal),
    accepted.map((p) => p.text),
  ]);
  return (row as { id: JobId }).id;
}

function ownerOfAll(claimed: ClaimedPoint[], jobKey: string): JobId | undefined {
  const owners = new Set(claimed.map((row) => (row.owner_key === jobKey ? row.owner_job_id : null)));
  const [owner] = owners;
  return owners.size === 1 && owner ? owner : undefined;
}
