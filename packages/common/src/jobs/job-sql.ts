// The pieces that every statement about jobs is built from, so that a state can never change without its event.

/** Sets the tenant inside the statement itself; later parts read from it, so it runs before any row is checked. */
export const TENANT_CTE = `tenant AS MATERIALIZED (SELECT set_config('app.org_id', $1::text, true)::uuid AS org_id)`;

/** To be put into the SET of every UPDATE of jobs: numbers the event under the row lock, and never lets its place in the feed fall. */
export const NEXT_EVENT = `event_seq = jobs.event_seq + 1, event_xid = greatest(jobs.event_xid, pg_current_xact_id()::text::bigint), updated_at = clock_timestamp()`;

/** What an UPDATE of jobs must return for `LOG_EVENT`. */
export const CHANGED =
  'jobs.org_id, jobs.id, jobs.type, jobs.lane, jobs.event_seq, jobs.event_xid, jobs.state, jobs.stage, jobs.progress, jobs.fence, jobs.traceparent, jobs.correlation_id, jobs.next_attempt_at';

/** Writes the event of each row of `changed`. */
export function logEvent(message = 'NULL::text'): string {
  return `logged AS (INSERT INTO job_events (org_id, job_id, seq, feed_xid, state, stage, progress, message)
    SELECT org_id, id, event_seq, event_xid, state, stage, progress, ${message} FROM changed)`;
}

/** Notes how the attempt that held the job ended. */
export function closeAttempt(outcome: string, error = 'NULL::text'): string {
  return `closed AS (UPDATE job_attempts a SET ended_at = clock_timestamp(), outcome = ${outcome}, error = ${error}
    FROM changed WHERE a.org_id = changed.org_id AND a.job_id = changed.id AND a.fence = changed.fence AND a.ended_at IS NULL
    RETURNING a.org_id, a.job_id, a.lease_token)`;
}

/** `storedPointIdOf` as SQL; a test holds the two together. */
export function storedIdSql(pointId: string, token: string): string {
  return `substring(encode(sha256(convert_to(${pointId}::text || ':' || ${token}::text, 'UTF8')), 'hex') for 32)::uuid`;
}

/** A search that takes longer gives up: points that counted when it began may have been collected. */
export const SEARCH_MAY_TAKE_MS = 45_000;

/** What Qdrant was asked before a snapshot began is judged by it within this time. What leaves the fresh points was found by searches for longer than that. */
export const AHEAD_COUNTS_MS = 1_000;

/** A search that began before a point stopped counting may still ask for it; after this long none does. */
export const GARBAGE_DUE = `clock_timestamp() + interval '60 seconds'`;

/** What the attempts in `closed` may have written to Qdrant counts no more. */
export const DISCARD_POINTS = `discarded AS (INSERT INTO garbage_points (org_id, space, stored_id, due_at)
    SELECT i.org_id, v.space, ${storedIdSql('i.point_id', 'closed.lease_token')}, ${GARBAGE_DUE}
    FROM closed JOIN job_inputs i ON i.org_id = closed.org_id AND i.job_id = closed.job_id JOIN vectors v ON v.org_id = i.org_id AND v.point_id = i.point_id
    ON CONFLICT DO NOTHING)`;

/** Rings for each row of `changed` that waits again. Ids are random enough to be made here: a repeated message id would be swallowed by the broker. */
export const RING_AGAIN = `rung AS (INSERT INTO outbox (org_id, id, job_id, job_type, lane, traceparent, correlation_id, due_at)
    SELECT org_id, gen_random_uuid(), id, type, lane, traceparent, correlation_id, next_attempt_at FROM changed WHERE state = 'queued'
    ON CONFLICT (org_id, job_id) DO UPDATE SET id = excluded.id, due_at = excluded.due_at, published_at = NULL, rings = 0)`;

/** The points of the jobs in `changed`, locked in the order of their ids like everywhere else, so that two batches wait and never deadlock. */
export const LOCK_POINTS = `points AS MATERIALIZED (SELECT v.org_id, v.point_id, v.owner_job_id, changed.id AS job_id, changed.state
    FROM changed JOIN job_inputs i ON i.org_id = changed.org_id AND i.job_id = changed.id JOIN vectors v ON v.org_id = i.org_id AND v.point_id = i.point_id
    ORDER BY v.org_id, v.point_id FOR UPDATE OF v)`;

/** The points that an ended job was to write are free again: the same request makes a new job. */
export const DISOWN_POINTS = `${LOCK_POINTS},
  disowned AS (UPDATE vectors v SET owner_job_id = NULL, owner_key = NULL FROM points WHERE points.state IN ('failed', 'cancelled', 'quarantined')
      AND v.org_id = points.org_id AND v.point_id = points.point_id AND points.owner_job_id = points.job_id)`;

export const FREE_LEASE = 'lease_token = NULL, lease_until = NULL, worker = NULL';

/** What a job that makes vectors of a space live shares, and who says that the space was lost takes alone. */
export const spaceLockSql = (name: string): string => `hashtextextended('cairn space ' || ${name}::text, 0)`;
