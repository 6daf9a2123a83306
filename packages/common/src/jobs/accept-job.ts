import type { Database, Sql, Statement } from '../data/database.js';
import { type JobId, newId } from '../ids.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import { TENANT_CTE } from './job-sql.js';
import { JOB_DEFINITIONS, type JobType } from './job-types.js';

export interface NewJob {
  type: JobType;
  jobKey: string;
  payload: Record<string, unknown>;
  maxAttempts: number;
  correlationId?: string | undefined;
  traceparent?: string | undefined;
  /** What a user asked for that it is a part of. */
  operationId?: string | undefined;
}

/** Where a statement can run: inside a transaction of the caller, or as a transaction of its own. */
export type Runner = Pick<Sql, 'rows'> | Pick<Database, 'single'>;

export function runOn<T>(runner: Runner, statement: Statement, values: unknown[]): Promise<T[]> {
  return 'single' in runner ? runner.single<T>(statement, values) : runner.rows<T>(statement, values);
}

/** $1 org … $11 traceparent, in the order of `newJobValues`. */
export const INSERT_JOB_COLUMNS = `org_id, id, type, lane, job_key, payload, max_attempts, deadline_at, created_by, correlation_id, traceparent, dedupe_live, event_xid`;
export const INSERT_JOB_VALUES = `$2::uuid, $3::text, $4::text, $5::text, $6::jsonb, $7::int, clock_timestamp() + make_interval(secs => $8::int), $9::text, $10::text, $11::text`;

/** The first event and the bell of each row of `job`: with the job itself, the whole of an accepted request. */
export const EVENT_AND_BELL = `
  event AS (INSERT INTO job_events (org_id, job_id, seq, feed_xid, state, stage, progress)
    SELECT org_id, id, 1, event_xid, 'queued', 'queued', 0 FROM job),
  bell AS (INSERT INTO outbox (org_id, id, job_id, job_type, lane, traceparent, correlation_id)
    SELECT org_id, $12::uuid, id, type, lane, traceparent, correlation_id FROM job)`;

/** The same where `job` may have many rows. Ids are random enough to be made there. */
export const EVENT_AND_BELL_OF_MANY = EVENT_AND_BELL.replace('$12::uuid', 'gen_random_uuid()');

export const JOB_RETURNING = 'org_id, id, type, lane, traceparent, correlation_id, event_xid';
export const THIS_TRANSACTION = 'pg_current_xact_id()::text::bigint';

export function newJobValues(scope: TenantScope, id: JobId, job: NewJob): unknown[] {
  const { lane, deadlineSeconds } = JOB_DEFINITIONS[job.type];
  return [
    scope.orgId,
    id,
    job.type,
    lane,
    job.jobKey,
    JSON.stringify(job.payload),
    job.maxAttempts,
    deadlineSeconds,
    scope.actor,
    job.correlationId ?? null,
    job.traceparent ?? null,
    newId(),
  ];
}

const ACCEPT_JOB: Statement = {
  name: 'accept_job',
  text: `WITH ${TENANT_CTE},
  job AS (INSERT INTO jobs (${INSERT_JOB_COLUMNS}, operation_id, collection_id)
    SELECT tenant.org_id, ${INSERT_JOB_VALUES}, true, ${THIS_TRANSACTION}, $13::uuid,
      (SELECT o.collection_id FROM operations o WHERE o.org_id = tenant.org_id AND o.id = $13::uuid) FROM tenant
    ON CONFLICT (org_id, job_key) WHERE dedupe_live AND state IN ('queued', 'running') DO NOTHING
    RETURNING ${JOB_RETURNING}),
  ${EVENT_AND_BELL}
  SELECT id FROM job`,
};

const LIVE_TWIN: Statement = {
  name: 'live_twin',
  text: `SELECT id FROM jobs WHERE org_id = $1 AND job_key = $2 AND dedupe_live AND state IN ('queued', 'running')`,
};

/** Writes job, event and bell in one statement; while a job with the same key is live, answers that one. */
export async function acceptJob(database: Database, scope: TenantScope, job: NewJob, tx?: Sql): Promise<JobId> {
  for (let tries = 0; tries < 10; tries++) {
    const [accepted] = await runOn<{ id: JobId }>(tx ?? database, ACCEPT_JOB, [...newJobValues(scope, newId<JobId>(), job), job.operationId ?? null]);
    if (accepted) return accepted.id;
    const find = (sql: Sql) => sql.rows<{ id: JobId }>(LIVE_TWIN, [scope.orgId, job.jobKey]);
    const [twin] = await (tx ? find(tx) : database.tenant(scope, find));
    if (twin) return twin.id; // else it ended between the two statements: try again
  }
  throw new Error(`Job key ${job.jobKey} was taken and freed ten times in a row`);
}
