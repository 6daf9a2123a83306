import type { Database, Sql, Statement } from '../data/database.js';
import type { JobId, OrgId } from '../ids.js';
import { type JobType, LANES, type Lane } from '../jobs/job-types.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

/** A bell that was claimed for ringing; it stays locked until the claiming transaction ends. */
export interface ClaimedBell {
  id: string;
  orgId: OrgId;
  jobId: JobId;
  jobType: JobType;
  lane: Lane;
  rings: number;
  refusals: number;
  traceparent: string | null;
  correlationId: string | null;
  createdAt: Date;
}

// Walks from organisation to organisation by the index, so that one with a million rows costs the others nothing;
// takes from each no more than its cap leaves room for, and at most its share of the batch.
const CLAIM: Statement = {
  name: 'claim_bells',
  text: `WITH RECURSIVE org AS (
    (SELECT org_id FROM outbox WHERE lane = $1 AND published_at IS NULL AND parked_at IS NULL ORDER BY org_id LIMIT 1)
    UNION ALL
    SELECT (SELECT o.org_id FROM outbox o WHERE o.lane = $1 AND o.published_at IS NULL AND o.parked_at IS NULL AND o.org_id > org.org_id ORDER BY o.org_id LIMIT 1)
    FROM org WHERE org.org_id IS NOT NULL),
  turn AS MATERIALIZED (SELECT org_id FROM org WHERE org_id IS NOT NULL ORDER BY md5(org_id::text || $4::text) LIMIT $2),
  room AS MATERIALIZED (SELECT org_id, greatest($3 - (SELECT count(*) FROM (SELECT 1 FROM outbox u WHERE u.lane = $1 AND u.org_id = turn.org_id AND u.published_at IS NOT NULL LIMIT $3) AS full_up), 0) AS free,
      greatest($2 / (SELECT count(*) FROM turn), 1) AS share FROM turn)
  SELECT b.id, b.org_id AS "orgId", b.job_id AS "jobId", b.job_type AS "jobType", b.lane, b.rings, b.refusals, b.traceparent, b.correlation_id AS "correlationId", b.created_at AS "createdAt"
  FROM room, LATERAL (SELECT * FROM outbox o WHERE o.lane = $1 AND o.org_id = room.org_id AND o.published_at IS NULL AND o.parked_at IS NULL AND o.due_at <= clock_timestamp()
    ORDER BY o.due_at LIMIT least(room.free, room.share) FOR UPDATE SKIP LOCKED) AS b LIMIT $2`,
};

const MARK: Statement = {
  name: 'mark_rung',
  text: `UPDATE outbox SET published_at = clock_timestamp(), refusals = 0, last_error = NULL FROM unnest($1::uuid[], $2::uuid[]) AS r(org_id, job_id)
    WHERE outbox.org_id = r.org_id AND outbox.job_id = r.job_id`,
};

const REFUSED: Statement = {
  name: 'mark_refused',
  text: `UPDATE outbox SET refusals = refusals + 1, last_error = $3, due_at = clock_timestamp() + make_interval(secs => least(60, power(2, refusals))),
      parked_at = CASE WHEN refusals + 1 >= $4::int THEN clock_timestamp() END
    WHERE org_id = $1::uuid AND job_id = $2::uuid RETURNING parked_at IS NOT NULL AS parked`,
};

const DUE_LANES: Statement = {
  name: 'due_lanes',
  text: `SELECT due.lane FROM unnest($1::text[]) AS due(lane)
    WHERE EXISTS (SELECT 1 FROM outbox o WHERE o.lane = due.lane AND o.published_at IS NULL AND o.parked_at IS NULL AND o.due_at <= clock_timestamp())`,
};

const BACKLOG: Statement = {
  name: 'outbox_backlog',
  text: `SELECT count(*) FILTER (WHERE published_at IS NULL AND parked_at IS NULL)::int AS waiting, count(*) FILTER (WHERE published_at IS NOT NULL)::int AS unanswered,
    count(*) FILTER (WHERE parked_at IS NOT NULL)::int AS parked,
    coalesce(extract(epoch FROM clock_timestamp() - min(due_at) FILTER (WHERE published_at IS NULL AND parked_at IS NULL AND due_at <= clock_timestamp())), 0)::float8 AS "oldestSeconds" FROM outbox`,
};

export interface Backlog {
  waiting: number;
  unanswered: number;
  parked: number;
  oldestSeconds: number;
}

/** Bells of all tenants, for the dispatcher. */
export class OutboxRepository {
  constructor(private readonly database: Database) {}

  /** Claims up to `batch` due bells, fairly across organisations, and keeps them locked while `ring` publishes them. */
  withClaimed<T>(claim: { lane: Lane; batch: number; perTenantCap: number }, ring: (bells: ClaimedBell[], sql: Sql) => Promise<T>): Promise<T> {
    return this.database.system(async (sql) => {
      const bells = await sql.rows<ClaimedBell>(CLAIM, [claim.lane, claim.batch, claim.perTenantCap, Date.now()]);
      return ring(bells, sql);
    });
  }

  async markRung(sql: Sql, bells: ClaimedBell[]): Promise<void> {
    if (bells.length > 0) await sql.rows(MARK, [bells.map((bell) => bell.orgId), bells.map((bell) => bell.jobId)]);
  }

  /** The broker refused this message itself (not: could not be reached). After `cap` refusals the row is parked and no longer tried. */
  async markRefused(sql: Sql, bell: ClaimedBell, reason: string, cap: number): Promise<'waiting' | 'parked'> {
    const [row] = await sql.rows<{ parked: boolean }>(REFUSED, [bell.orgId, bell.jobId, reason.slice(0, 500), cap]);
    return row?.parked ? 'parked' : 'waiting';
  }

  /** The lanes in which rows are due, also those that no claim takes because their organisations are at their cap. Much cheaper than a claim that finds nothing. */
  async dueLanes(): Promise<Set<Lane>> {
    const rows = await this.database.single<{ lane: Lane }>(DUE_LANES, [LANES]);
    return new Set(rows.map(({ lane }) => lane));
  }

  async backlog(): Promise<Backlog> {
    const [row] = await this.database.single<Backlog>(BACKLOG);
    return row as Backlog;
  }
}

export interface ParkedBell {
  id: string;
  job_id: JobId;
  job_type: JobType;
  refusals: number;
  last_error: string | null;
  parked_at: Date;
}

/** The organisation's bells that the broker refused too often, oldest first. */
export function listParked(sql: Sql, scope: TenantScope): Promise<ParkedBell[]> {
  return sql.rows<ParkedBell>(
    'SELECT id, job_id, job_type, refusals, last_error, parked_at FROM outbox WHERE org_id = $1 AND parked_at IS NOT NULL ORDER BY parked_at LIMIT 500',
    [scope.orgId],
  );
}

/** Lets the parked bells of the organisation (or only those named) ring again; answers how many. */
export async function redriveParked(sql: Sql, scope: TenantScope, ids?: string[]): Promise<number> {
  const rows = await sql.rows(
    `UPDATE outbox SET parked_at = NULL, refusals = 0, due_at = clock_timestamp(), rings = rings + 1 WHERE org_id = $1 AND parked_at IS NOT NULL AND ($2::uuid[] IS NULL OR id = ANY ($2)) RETURNING id`,
    [scope.orgId, ids ?? null],
  );
  return rows.length;
}
