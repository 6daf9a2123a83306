import { type Database, type NewJob, newId, type Statement, type TenantScope } from '@cairn/common';

const JOB: Statement = {
  name: 'bench_insert_job',
  text: `INSERT INTO jobs (org_id, id, type, lane, job_key, payload, max_attempts, deadline_at, created_by, dedupe_live, event_xid)
    VALUES ($1, $2, $3, 'interactive', $4, $5, $6, clock_timestamp() + interval '1 hour', $7, true, pg_current_xact_id()::text::bigint)
    ON CONFLICT (org_id, job_key) WHERE dedupe_live AND state IN ('queued', 'running') DO NOTHING`,
};
const EVENT: Statement = {
  name: 'bench_insert_event',
  text: `INSERT INTO job_events (org_id, job_id, seq, feed_xid, state, stage, progress) VALUES ($1, $2, 1, pg_current_xact_id()::text::bigint, 'queued', 'queued', 0)`,
};
const BELL: Statement = {
  name: 'bench_insert_bell',
  text: `INSERT INTO outbox (org_id, id, job_id, job_type, lane) VALUES ($1, $2, $3, $4, 'interactive')`,
};

/** The same three rows as `acceptJob` writes, by the same role, in the way that comes to mind first: five round trips, each statement prepared. */
export function acceptInPieces(database: Database, scope: TenantScope, job: NewJob): Promise<void> {
  const id = newId();
  return database.tenant(scope, async (sql) => {
    await sql.rows(JOB, [scope.orgId, id, job.type, job.jobKey, JSON.stringify(job.payload), job.maxAttempts, scope.actor]);
    await sql.rows(EVENT, [scope.orgId, id]);
    await sql.rows(BELL, [scope.orgId, newId(), id, job.type]);
  });
}
