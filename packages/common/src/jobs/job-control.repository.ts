import { type Access, assertRole, type CollectionRole, roleOfJobSql, roleValues, seesAll } from '../collections/access.js';
import type { Sql, Statement } from '../data/database.js';
import { isUniqueViolation } from '../data/pg-errors.js';
import { CairnError } from '../errors/catalogue.js';
import type { JobId } from '../ids.js';
import { CHANGED, closeAttempt, DISCARD_POINTS, DISOWN_POINTS, FREE_LEASE, LOCK_POINTS, logEvent, NEXT_EVENT, RING_AGAIN } from './job-sql.js';
import { JOB_DEFINITIONS, type JobType } from './job-types.js';

const CANCEL: Statement = {
  name: 'cancel_job',
  text: `WITH changed AS (UPDATE jobs SET state = 'cancelled', finished_at = clock_timestamp(), ${FREE_LEASE}, ${NEXT_EVENT}
    WHERE org_id = $1::uuid AND id = $2::uuid AND state IN ('queued', 'running') RETURNING ${CHANGED}),
  ${logEvent()}, ${closeAttempt(`'cancelled'`)}, ${DISCARD_POINTS}, ${DISOWN_POINTS},
  silenced AS (DELETE FROM outbox USING changed WHERE outbox.org_id = changed.org_id AND outbox.job_id = changed.id)
  SELECT id FROM changed`,
};

// A retry is accepted anew: its texts or its image take the next generation of their points, as if they had been sent now.
const RETRY: Statement = {
  name: 'retry_job',
  text: `WITH changed AS (UPDATE jobs SET state = 'queued', stage = 'queued', attempts = 0, error = NULL, error_code = NULL, finished_at = NULL,
      next_attempt_at = clock_timestamp(), deadline_at = clock_timestamp() + make_interval(secs => $3::int), ${NEXT_EVENT}
    WHERE org_id = $1::uuid AND id = $2::uuid AND state IN ('failed', 'cancelled', 'quarantined') RETURNING ${CHANGED}, jobs.job_key),
  ${logEvent(`'retried by a caller'`)}, ${RING_AGAIN},
  ${LOCK_POINTS},
  owned AS (UPDATE vectors v SET gen = v.gen + 1, owner_job_id = changed.id, owner_key = changed.job_key, deleted_at = NULL
    FROM changed, points WHERE v.org_id = points.org_id AND v.point_id = points.point_id RETURNING v.org_id, v.point_id, v.gen),
  renewed AS (UPDATE job_inputs i SET gen = owned.gen FROM owned, changed WHERE i.org_id = owned.org_id AND i.job_id = changed.id AND i.point_id = owned.point_id)
  SELECT id FROM changed`,
};

const LOOK: Statement = {
  name: 'look_at_job',
  text: `SELECT state, type, collection_id, EXISTS (SELECT 1 FROM job_inputs i WHERE i.org_id = j.org_id AND i.job_id = j.id) AS has_inputs,
      EXISTS (SELECT 1 FROM operations o WHERE o.org_id = j.org_id AND o.id = j.operation_id AND o.state IN ('pending', 'processing')) AS has_operation, ${roleOfJobSql('j', 2)} AS role
    FROM jobs j WHERE org_id = $1::uuid AND id = $4::uuid FOR UPDATE OF j`,
};

interface JobGlance {
  state: string;
  type: JobType;
  has_inputs: boolean;
  /** That has not ended. */
  has_operation: boolean;
  collection_id: string | null;
  role: CollectionRole | null;
}

/** Jobs that do what their operation says, and nothing once that has ended. */
const OF_THEIR_OPERATION: readonly JobType[] = ['delete_documents', 'finish_reindex'];

/** Ends a waiting or running job. What a worker of it still does changes nothing. */
export async function cancelJob(sql: Sql, access: Access, id: JobId): Promise<void> {
  await lookAt(sql, access, id);
  const rows = await sql.rows(CANCEL, [access.scope.orgId, id]);
  if (rows.length === 0) throw new CairnError('job_ended', `The job ${id} has already ended, so it cannot be cancelled.`);
}

/** Starts a new series of attempts of a job that failed, was cancelled or quarantined. */
export async function retryJob(sql: Sql, access: Access, id: JobId): Promise<void> {
  const job = await lookAt(sql, access, id);
  if (job.state === 'succeeded') throw new CairnError('job_ended', `The job ${id} has completed; there is nothing to retry.`);
  if (job.state === 'queued' || job.state === 'running') throw new CairnError('job_live', `The job ${id} has not ended; it can be retried when it has.`);
  if (job.type.startsWith('embed_') && !job.has_inputs)
    throw new CairnError('job_ended', `What the job ${id} was to embed is no longer kept. Send it again as a new request.`);
  if (OF_THEIR_OPERATION.includes(job.type) && !job.has_operation)
    throw new CairnError('job_ended', `The operation of the job ${id} has ended, so it would do nothing. Ask for the same again as a new request.`);
  await sql.rows(RETRY, [access.scope.orgId, id, JOB_DEFINITIONS[job.type].deadlineSeconds]).catch((error: unknown) => {
    throw isUniqueViolation(error, 'jobs_live_key_idx') ? liveTwin(id) : error;
  });
}

function liveTwin(id: JobId): CairnError {
  return new CairnError('conflict', `The same request is already being worked on as another job, so ${id} cannot be retried beside it.`);
}

/** Holds a job that the caller may change. A job of a collection that nobody has any more is for those who see all. */
async function lookAt(sql: Sql, access: Access, id: JobId): Promise<JobGlance> {
  const [job] = await sql.rows<JobGlance>(LOOK, [access.scope.orgId, ...roleValues(access), id]);
  if (!job || (job.collection_id !== null && job.role === null && !seesAll(access))) throw new CairnError('not_found', `There is no job ${id}.`);
  if (job.role !== null) assertRole(job.role, 'write');
  return job;
}
