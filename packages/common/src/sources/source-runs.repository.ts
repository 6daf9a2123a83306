import type { Database, Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import { EVENT_AND_BELL_OF_MANY, JOB_RETURNING, THIS_TRANSACTION } from '../jobs/accept-job.js';
import { JOB_DEFINITIONS } from '../jobs/job-types.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

// So that sources which were added together are not all looked through at the same moment for ever.
const JITTER = `random() * least(every * 0.1, interval '5 minutes')`;

/** When a source is due that was last looked through at `from`, after so many failures: each makes the wait longer, up to a day. */
const nextRun = (every: string, from: string, failures: string): string =>
  `(SELECT ${from} + greatest(every, least(every * power(2, least(${failures}, 10)), interval '1 day')) + ${JITTER} FROM (SELECT make_interval(mins => ${every}) AS every) AS wait)`;

// The beginning of a run is later than what it was due for: what is due after it was asked for while the run was under way already.
const IS_WANTED = `s.next_run_at <= clock_timestamp() AND s.next_run_at > coalesce(s.last_run_at, '-infinity')`;

const SCHEDULE: Statement = {
  name: 'schedule_source',
  text: `UPDATE sources s SET sync_every_minutes = wanted.every, is_paused = wanted.paused,
      next_run_at = CASE WHEN ${IS_WANTED} THEN s.next_run_at
        WHEN wanted.every IS NOT NULL THEN greatest(clock_timestamp(), ${nextRun('wanted.every', 'coalesce(s.last_run_at, s.created_at)', 's.failures')}) END
    FROM (SELECT org_id, id, CASE WHEN $3::boolean THEN $4::int ELSE sync_every_minutes END AS every, coalesce($5::boolean, is_paused) AS paused
      FROM sources WHERE org_id = $1 AND id = $2 AND removed_at IS NULL FOR UPDATE) AS wanted
    WHERE s.org_id = wanted.org_id AND s.id = wanted.id`,
};

export interface Schedule {
  /** Minutes between two runs; null for none by the clock, undefined to leave it as it is. */
  everyMinutes?: number | null | undefined;
  isPaused?: boolean | undefined;
}

/** Says when a source is looked through again by the clock. */
export async function scheduleSource(sql: Sql, scope: TenantScope, id: string, { everyMinutes, isPaused }: Schedule): Promise<void> {
  await sql.rows(SCHEDULE, [scope.orgId, id, everyMinutes !== undefined, everyMinutes ?? null, isPaused ?? null]);
}

const ACTIVE = `EXISTS (SELECT FROM operations o WHERE o.org_id = s.org_id AND o.id = s.run_id AND o.state IN ('pending','processing'))`;

const HOLD_IDLE: Statement = {
  name: 'hold_idle_source',
  text: 'SELECT s.id FROM sources s WHERE s.org_id = $1 AND s.id = $2 AND s.removed_at IS NULL FOR UPDATE',
};
const IS_RUNNING: Statement = { name: 'is_source_running', text: `SELECT ${ACTIVE} AS running FROM sources s WHERE s.org_id = $1 AND s.id = $2` };

/** Holds a source that is not being looked through, to the end of the transaction; throws when it is. */
export async function holdIdleSource(sql: Sql, scope: TenantScope, id: string): Promise<void> {
  await sql.rows(HOLD_IDLE, [scope.orgId, id]);
  const [source] = await sql.rows<{ running: boolean }>(IS_RUNNING, [scope.orgId, id]);
  if (source?.running) throw new CairnError('conflict', 'This source is being looked through already. Ask again when that has ended.');
}

/** The operation looks through the source: none begins by the clock until it has ended. */
export async function markRun(sql: Sql, scope: TenantScope, id: string, operationId: string): Promise<void> {
  await sql.rows('UPDATE sources SET run_id = $3, last_run_at = clock_timestamp() WHERE org_id = $1 AND id = $2', [scope.orgId, id, operationId]);
}

const SETTLE: Statement = {
  name: 'settle_source_runs',
  text: `WITH ended AS (SELECT s.org_id, s.id, o.state, o.error, o.completed_at, CASE o.state WHEN 'failed' THEN s.failures + 1 WHEN 'completed' THEN 0 ELSE s.failures END AS failures
      FROM sources s JOIN operations o ON o.org_id = s.org_id AND o.id = s.run_id WHERE s.run_id IS NOT NULL AND o.state NOT IN ('pending','processing')
      ORDER BY s.org_id, s.id LIMIT 100 FOR UPDATE OF s SKIP LOCKED)
    UPDATE sources s SET run_id = NULL, failures = ended.failures,
      last_error = CASE ended.state WHEN 'failed' THEN ended.error WHEN 'completed' THEN NULL ELSE s.last_error END,
      next_run_at = CASE WHEN ${IS_WANTED} THEN s.next_run_at
        WHEN s.sync_every_minutes IS NOT NULL THEN ${nextRun('s.sync_every_minutes', 'coalesce(ended.completed_at, clock_timestamp())', 'ended.failures')} END
    FROM ended WHERE s.org_id = ended.org_id AND s.id = ended.id`,
};

// A source that another dispatcher holds is skipped; one that it has begun is not due any more, which is seen when its row is locked.
const BEGIN: Statement = {
  name: 'begin_source_runs',
  text: `WITH due AS (SELECT s.org_id, s.id, s.collection_id, s.source_type, s.source_path, s.created_by FROM sources s
    WHERE s.next_run_at <= clock_timestamp() AND s.run_id IS NULL AND NOT s.is_paused AND s.removed_at IS NULL
      AND EXISTS (SELECT FROM collections c WHERE c.org_id = s.org_id AND c.id = s.collection_id AND c.deleted_at IS NULL)
    ORDER BY s.next_run_at LIMIT 100 FOR UPDATE OF s SKIP LOCKED),
  run AS (INSERT INTO operations (org_id, id, collection_id, source_id, type, config, total, unfinished, created_by, event_seq)
    SELECT org_id, gen_random_uuid(), collection_id, id, 'append',
      jsonb_build_object('source_id', id, 'source_type', source_type, 'source_path', source_path, 'scheduled', true), 0, 1, created_by, 1 FROM due
    RETURNING org_id, id, collection_id, source_id, created_by),
  begun AS (INSERT INTO operation_events (org_id, operation_id, seq, type, percentage, data) SELECT org_id, id, 1, 'operation_created', 0,
    jsonb_build_object('status', 'pending', 'processed', 0, 'total', 0, 'failed', 0) FROM run),
  marked AS (UPDATE sources s SET run_id = run.id, last_run_at = clock_timestamp() FROM run WHERE s.org_id = run.org_id AND s.id = run.source_id),
  job AS (INSERT INTO jobs (org_id, id, type, lane, job_key, payload, max_attempts, deadline_at, created_by, dedupe_live, event_xid, operation_id, collection_id)
    SELECT org_id, gen_random_uuid(), 'scan_source', $1::text, encode(sha256(convert_to(id::text, 'UTF8')), 'hex'), jsonb_build_object('source_id', source_id), $2::int,
      clock_timestamp() + make_interval(secs => $3::int), created_by, false, ${THIS_TRANSACTION}, id, collection_id FROM run RETURNING ${JOB_RETURNING}),
  ${EVENT_AND_BELL_OF_MANY}
  SELECT org_id AS "orgId" FROM job`,
};

/** Begins the runs of sources that are due, across organisations, and writes down how those went that ended; for the dispatcher. */
export class SourceRunsRepository {
  constructor(private readonly database: Database) {}

  async settle(): Promise<void> {
    await this.database.single(SETTLE, []);
  }

  /** Answers whose sources they are. */
  async begin(maxAttempts: number): Promise<string[]> {
    const { lane, deadlineSeconds } = JOB_DEFINITIONS.scan_source;
    const rows = await this.database.single<{ orgId: string }>(BEGIN, [lane, maxAttempts, deadlineSeconds]);
    return [...new Set(rows.map(({ orgId }) => orgId))];
  }
}
