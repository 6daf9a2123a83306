import type { Database } from '../data/database.js';
import { CHANGED, closeAttempt, DISCARD_POINTS, DISOWN_POINTS, FREE_LEASE, logEvent, NEXT_EVENT, RING_AGAIN } from './job-sql.js';

const BATCH = 500;

/** What happens to the jobs that nobody holds any more. */
interface Rule {
  /** Which jobs. */
  where: string;
  /** What becomes of the jobs in `changed`. */
  change: string;
}

// The jobs are locked by a statement of their own: the next one sees the attempt of a lease that was taken just before the lock.
function lock({ where }: Rule): string {
  return `SELECT org_id, id FROM jobs WHERE ${where} ORDER BY org_id, id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`;
}

function change(set: string, effects: string[]): string {
  return `WITH changed AS (UPDATE jobs SET ${set}, ${FREE_LEASE}, ${NEXT_EVENT} FROM unnest($1::uuid[], $2::uuid[]) AS held(org_id, id)
    WHERE jobs.org_id = held.org_id AND jobs.id = held.id RETURNING ${CHANGED}), ${effects.join(', ')} SELECT org_id FROM changed`;
}

// Just after a restart of Postgres nobody could renew a lease: that is no worker's fault and costs no attempt.
const LEASE_RAN_OUT = `state = 'running' AND lease_until < clock_timestamp() AND pg_postmaster_start_time() < clock_timestamp() - make_interval(secs => $1::float8)`;

const LEASE_LOST = `'the worker stopped answering'`;

const REQUEUE: Rule = {
  where: `${LEASE_RAN_OUT} AND attempts < max_attempts AND deadline_at > clock_timestamp()`,
  change: change(`state = 'queued', stage = 'waiting', next_attempt_at = clock_timestamp()`, [
    logEvent(LEASE_LOST),
    closeAttempt(`'lease_lost'`, LEASE_LOST),
    RING_AGAIN,
    DISCARD_POINTS,
  ]),
};

const QUARANTINE: Rule = {
  where: `${LEASE_RAN_OUT} AND attempts >= max_attempts`,
  change: change(
    `state = 'quarantined', error = 'The worker died or stopped answering in every attempt.', error_code = 'poison', finished_at = clock_timestamp()`,
    [logEvent(LEASE_LOST), closeAttempt(`'lease_lost'`, LEASE_LOST), DISCARD_POINTS, DISOWN_POINTS],
  ),
};

const SILENCED = `silenced AS (DELETE FROM outbox USING changed WHERE outbox.org_id = changed.org_id AND outbox.job_id = changed.id)`;

const EXPIRE: Rule = {
  where: `state IN ('queued', 'running') AND deadline_at < clock_timestamp()`,
  change: change(`state = 'failed', error = 'The job did not end before its deadline.', error_code = 'deadline_exceeded', finished_at = clock_timestamp()`, [
    logEvent(`'deadline exceeded'`),
    closeAttempt(`'deadline_exceeded'`),
    DISCARD_POINTS,
    DISOWN_POINTS,
    SILENCED,
  ]),
};

// A queued job always has a bell; should one be missing all the same, it gets one.
const RING_SILENT = `WITH changed AS (SELECT ${CHANGED} FROM jobs WHERE state = 'queued' AND updated_at < clock_timestamp() - interval '10 seconds'
    AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.org_id = jobs.org_id AND o.job_id = jobs.id) LIMIT ${BATCH}),
  ${RING_AGAIN} SELECT org_id FROM changed`;

// A bell can outlive its answer: one that was hung up by the sweep while a worker leased the job at the same moment. It would be rung for ever.
const SILENCE_ANSWERED = `DELETE FROM outbox o USING jobs j WHERE j.org_id = o.org_id AND j.id = o.job_id AND j.state <> 'queued'
  AND o.published_at < clock_timestamp() - interval '5 seconds'`;

// The bell was rung and nobody came: the broker lost it, or a worker died holding it. A new ring has a new message id.
const RE_RING = `UPDATE outbox SET published_at = NULL, rings = rings + 1 WHERE (org_id, job_id) IN (
  SELECT org_id, job_id FROM outbox WHERE published_at < clock_timestamp() - make_interval(secs => $1::float8 * least(power(2, rings), 32)) ORDER BY published_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED) RETURNING org_id`;

const RE_RING_ALL = `UPDATE outbox SET published_at = NULL, rings = rings + 1 WHERE (org_id, job_id) IN (
  SELECT org_id, job_id FROM outbox WHERE published_at IS NOT NULL ORDER BY org_id, job_id FOR UPDATE) RETURNING org_id`;

// The jobs are locked, so that one that is being retried keeps its texts.
const FORGET_INPUTS = `WITH ended AS MATERIALIZED (SELECT org_id, id FROM jobs WHERE (org_id, id) IN (SELECT org_id, job_id FROM job_inputs)
    AND state IN ('failed', 'cancelled', 'quarantined') AND finished_at < clock_timestamp() - make_interval(hours => $1::int) LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
  DELETE FROM job_inputs i USING ended WHERE i.org_id = ended.org_id AND i.job_id = ended.id`;

/** The fact that holds the place `xid:id` of the last event that was deleted: a reader who stood before it has missed something, and is told. */
export const EVENTS_PRUNED = 'events_pruned';

const placeOf = (value: string): string => `(split_part(${value}, ':', 1)::bigint, split_part(${value}, ':', 2)::bigint)`;

const FORGET_EVENTS = `WITH gone AS (DELETE FROM job_events e USING jobs j
    WHERE e.org_id = j.org_id AND e.job_id = j.id AND j.finished_at < clock_timestamp() - make_interval(days => $1::int) RETURNING e.feed_xid, e.feed_id)
  INSERT INTO system_facts AS f (name, value) SELECT '${EVENTS_PRUNED}', feed_xid || ':' || feed_id FROM gone ORDER BY feed_xid DESC, feed_id DESC LIMIT 1
  ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE ${placeOf('f.value')} < ${placeOf('excluded.value')}`;

interface Swept {
  org_id: string;
  id: string;
}

export interface SweepResult {
  requeued: number;
  quarantined: number;
  expired: number;
  reRung: number;
  silent: number;
  /** Organisations with new events. */
  orgIds: string[];
}

/** Finds the work that nobody holds any more. Many may sweep at once: rows that another holds are skipped. */
export class SweepRepository {
  constructor(private readonly database: Database) {}

  async sweep(options: { reRingAfterMs: number; leaseMs?: number }): Promise<SweepResult> {
    const run = (text: string, values: unknown[] = []) => this.database.single<Swept>(text, values);
    const lease = [(options.leaseMs ?? 0) / 1_000];
    const quarantined = await this.apply(QUARANTINE, lease);
    const expired = await this.apply(EXPIRE);
    const requeued = await this.apply(REQUEUE, lease);
    const silent = await run(RING_SILENT);
    await run(SILENCE_ANSWERED);
    const reRung = await run(RE_RING, [options.reRingAfterMs / 1_000]);
    return {
      requeued: requeued.length,
      quarantined: quarantined.length,
      expired: expired.length,
      reRung: reRung.length,
      silent: silent.length,
      orgIds: [...new Set([...quarantined, ...expired, ...requeued].map((row) => row.org_id))],
    };
  }

  private apply(rule: Rule, values: unknown[] = []): Promise<Swept[]> {
    return this.database.system(async (sql) => {
      const held = await sql.rows<Swept>(lock(rule), values);
      if (held.length === 0) return [];
      return sql.rows<Swept>(rule.change, [held.map((job) => job.org_id), held.map((job) => job.id)]);
    });
  }

  /** After the broker lost its store, or the database its tail: every unanswered bell is rung again at once. */
  async reRingAll(): Promise<number> {
    return (await this.database.single(RE_RING_ALL)).length;
  }

  /** Deletes what was kept for a while only: texts of ended jobs, old events, used idempotency keys. */
  async forget(options: { inputHours: number; eventDays: number }): Promise<void> {
    await this.database.single(FORGET_INPUTS, [options.inputHours]);
    await this.database.single(FORGET_EVENTS, [options.eventDays]);
    await this.database.single('DELETE FROM idempotency_keys WHERE expires_at < clock_timestamp()');
  }
}
