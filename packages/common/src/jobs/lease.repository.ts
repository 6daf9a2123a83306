import type { Database, Sql, Statement } from '../data/database.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import { runOn } from './accept-job.js';
import { CHANGED, closeAttempt, DISCARD_POINTS, DISOWN_POINTS, FREE_LEASE, logEvent, NEXT_EVENT, RING_AGAIN } from './job-sql.js';
import { type Bell, type Lease, LeaseLostError } from './lease.js';

// Each job is looked up by its key and locked in the order of `named`, the same in every statement; what its state must be is asked of the locked row.
// Asked of the table instead, the planner would rather walk through all unfinished jobs: it knows these tables as they were a minute ago, almost empty.
const LOCK_NAMED = `held AS MATERIALIZED (SELECT * FROM named, LATERAL (
    SELECT state, lease_token, attempts, max_attempts, deadline_at, next_attempt_at FROM jobs
    WHERE jobs.org_id = named.org_id AND jobs.id = named.job_id FOR UPDATE) AS locked)`;

// The attempt is counted here and not where it fails: a process that is killed never reaches its catch.
// A job that waits for its backoff is not taken early by a stray bell. A lease that ran out is the sweeper's to end, and only then is the job free:
// this statement may have waited for a lock, and knows nothing of an attempt that began meanwhile.
const TAKE: Statement = {
  name: 'take_leases',
  text: `WITH named AS MATERIALIZED (SELECT DISTINCT org_id, job_id FROM unnest($1::uuid[], $2::uuid[]) AS n(org_id, job_id) ORDER BY 1, 2),
  ${LOCK_NAMED},
  free AS (SELECT org_id, job_id FROM held WHERE state = 'queued' AND attempts < max_attempts AND deadline_at > clock_timestamp()
      AND next_attempt_at <= clock_timestamp() + interval '50 ms'),
  changed AS (UPDATE jobs SET state = 'running', stage = 'starting', fence = fence + 1, lease_token = gen_random_uuid(), attempts = attempts + 1,
      lease_until = clock_timestamp() + make_interval(secs => $3::float8), worker = $4, ${NEXT_EVENT}
    FROM free WHERE jobs.org_id = free.org_id AND jobs.id = free.job_id
    RETURNING ${CHANGED}, jobs.payload, jobs.operation_id, jobs.lease_token, jobs.attempts, jobs.max_attempts, jobs.created_at),
  ${logEvent()},
  attempt AS (INSERT INTO job_attempts (org_id, job_id, fence, lease_token, worker) SELECT org_id, id, fence, lease_token, $4 FROM changed),
  answered AS (DELETE FROM outbox USING changed WHERE outbox.org_id = changed.org_id AND outbox.job_id = changed.id)
  SELECT org_id AS "orgId", id AS "jobId", type, lane, payload, operation_id AS "operationId", fence::text, lease_token AS token, attempts AS attempt, max_attempts AS "maxAttempts",
    created_at::text AS "acceptedAt", correlation_id AS "correlationId", traceparent FROM changed`,
};

const RENEW: Statement = {
  name: 'renew_leases',
  text: `WITH named AS MATERIALIZED (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS n(org_id, job_id, token) ORDER BY 1, 2),
  ${LOCK_NAMED}
  UPDATE jobs SET lease_until = clock_timestamp() + make_interval(secs => $4::float8)
    FROM held WHERE held.lease_token = held.token AND held.state = 'running' AND jobs.org_id = held.org_id AND jobs.id = held.job_id RETURNING held.token`,
};

// Every write of a lease holder compares the random token: the fence orders, but can repeat after a failover.
const MINE = `jobs.org_id = $1::uuid AND jobs.id = $2::uuid AND jobs.lease_token = $3::uuid AND jobs.state = 'running'`;

const PROGRESS: Statement = {
  name: 'report_progress',
  text: `WITH changed AS (UPDATE jobs SET stage = $4, progress = greatest(progress, $5::int), ${NEXT_EVENT} WHERE ${MINE} RETURNING ${CHANGED}),
  ${logEvent('$6::text')} SELECT 1 AS done FROM changed`,
};

// Many at once: a job that did nothing but its work costs a share of one statement.
const SUCCEED: Statement = {
  name: 'succeed_jobs',
  text: `WITH named AS MATERIALIZED (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::jsonb[]) AS n(org_id, job_id, token, result) ORDER BY 1, 2),
  ${LOCK_NAMED},
  changed AS (UPDATE jobs SET state = 'succeeded', stage = 'completed', progress = 100, result = held.result, error = NULL, error_code = NULL,
      finished_at = clock_timestamp(), ${FREE_LEASE}, ${NEXT_EVENT}
    FROM held WHERE held.lease_token = held.token AND held.state = 'running' AND jobs.org_id = held.org_id AND jobs.id = held.job_id
    RETURNING ${CHANGED}, held.token),
  ${logEvent()}, ${closeAttempt(`'succeeded'`)} SELECT token FROM changed`,
};

// Queued again while attempts and time are left, failed only after that.
const FAIL: Statement = {
  name: 'fail_attempt',
  text: `WITH changed AS (UPDATE jobs SET
      state = CASE WHEN $6::boolean AND attempts < max_attempts AND deadline_at > clock_timestamp() THEN 'queued' ELSE 'failed' END,
      next_attempt_at = clock_timestamp() + make_interval(secs => $7::float8),
      finished_at = CASE WHEN $6::boolean AND attempts < max_attempts AND deadline_at > clock_timestamp() THEN NULL ELSE clock_timestamp() END,
      error = $5, error_code = $4, ${FREE_LEASE}, ${NEXT_EVENT} WHERE ${MINE} RETURNING ${CHANGED}),
  ${logEvent('$5::text')}, ${closeAttempt(`'failed'`, '$5::text')}, ${RING_AGAIN}, ${DISCARD_POINTS}, ${DISOWN_POINTS} SELECT state FROM changed`,
};

// Somebody else was away (Qdrant, the model): the attempt is given back, but never past the deadline, so that every job still ends.
const GIVE_BACK: Statement = {
  name: 'give_back_lease',
  text: `WITH changed AS (UPDATE jobs SET state = CASE WHEN deadline_at > clock_timestamp() THEN 'queued' ELSE 'failed' END,
      stage = CASE WHEN deadline_at > clock_timestamp() THEN 'waiting' ELSE stage END,
      attempts = attempts - 1, next_attempt_at = clock_timestamp() + make_interval(secs => $5::float8),
      finished_at = CASE WHEN deadline_at > clock_timestamp() THEN NULL ELSE clock_timestamp() END,
      error = $4, error_code = 'dependency', ${FREE_LEASE}, ${NEXT_EVENT} WHERE ${MINE} RETURNING ${CHANGED}),
  ${logEvent('$4::text')}, ${closeAttempt(`'given_back'`, '$4::text')}, ${RING_AGAIN}, ${DISCARD_POINTS}, ${DISOWN_POINTS} SELECT state FROM changed`,
};

/** A job whose work is done, and what came of it. */
export interface EndedWell {
  lease: Lease;
  result: Record<string, unknown>;
}

export interface AttemptFailure {
  code: string;
  message: string;
  /** False where the same input can never work. */
  retryable: boolean;
  backoffMs: number;
}

/** Leases of jobs: who may work on what, until when. Works across tenants; what a job may touch is decided by its own scope. */
export class LeaseRepository {
  constructor(
    private readonly database: Database,
    private readonly options: { leaseMs: number; worker: string },
  ) {}

  /** Leases those of the named jobs that are free; the others are somebody's, done, or not yet due. */
  async take(bells: Bell[]): Promise<Lease[]> {
    const values = [bells.map((bell) => bell.orgId), bells.map((bell) => bell.jobId), this.options.leaseMs / 1_000, this.options.worker];
    return this.database.single<Lease>(TAKE, values);
  }

  /** Extends the leases; the tokens that are not among the answers are lost. */
  async renew(leases: Lease[]): Promise<Set<string>> {
    const values = [leases.map((lease) => lease.orgId), leases.map((lease) => lease.jobId), leases.map((lease) => lease.token), this.options.leaseMs / 1_000];
    const kept = await this.database.single<{ token: string }>(RENEW, values);
    return new Set(kept.map((row) => row.token));
  }

  async report(lease: Lease, step: { stage: string; progress: number; message?: string }): Promise<void> {
    const rows = await this.database.single(PROGRESS, [...mine(lease), step.stage, step.progress, step.message ?? null]);
    if (rows.length === 0) throw new LeaseLostError(lease.jobId);
  }

  /** Ends the job well, in its own transaction or in the one that makes its effect visible. */
  async succeed(lease: Lease, result: Record<string, unknown>, sql?: Sql): Promise<void> {
    const done = await this.succeedAll([{ lease, result }], sql);
    if (done.size === 0) throw new LeaseLostError(lease.jobId);
  }

  /** Ends many jobs well in one statement; the tokens that are not among the answers are lost, and those jobs unchanged. */
  async succeedAll(ended: EndedWell[], sql?: Sql): Promise<Set<string>> {
    const leases = ended.map(({ lease }) => lease);
    const results = ended.map(({ result }) => JSON.stringify(result));
    const values = [leases.map((lease) => lease.orgId), leases.map((lease) => lease.jobId), leases.map((lease) => lease.token), results];
    const rows = await runOn<{ token: string }>(sql ?? this.database, SUCCEED, values);
    return new Set(rows.map((row) => row.token));
  }

  /** Ends the attempt; the job waits for the next one, or has failed when none is left. */
  async fail(scope: TenantScope, lease: Lease, failure: AttemptFailure): Promise<'queued' | 'failed'> {
    return this.end(scope, lease, FAIL, [failure.code, failure.message, failure.retryable, failure.backoffMs / 1_000]);
  }

  /** Puts the job back without counting the attempt. */
  async giveBack(scope: TenantScope, lease: Lease, reason: string, delayMs: number): Promise<'queued' | 'failed'> {
    return this.end(scope, lease, GIVE_BACK, [reason, delayMs / 1_000]);
  }

  private async end(scope: TenantScope, lease: Lease, statement: Statement, values: unknown[]): Promise<'queued' | 'failed'> {
    const [row] = await this.database.tenant(scope, (sql) => sql.rows<{ state: 'queued' | 'failed' }>(statement, [...mine(lease), ...values]));
    if (!row) throw new LeaseLostError(lease.jobId);
    return row.state;
  }
}

const mine = (lease: Lease): unknown[] => [lease.orgId, lease.jobId, lease.token];
