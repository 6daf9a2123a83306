import { type Access, roleSql, roleValues } from '../collections/access.js';
import type { OperationState, OperationType } from '../collections/collection-words.js';
import type { Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import { type JobId, newId } from '../ids.js';
import { CHANGED, closeAttempt, DISCARD_POINTS, DISOWN_POINTS, FREE_LEASE, logEvent, NEXT_EVENT } from '../jobs/job-sql.js';
import { chargeUsage } from '../quotas/charge-usage.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

export interface NewOperation {
  collectionId: string;
  type: OperationType;
  config?: Record<string, unknown>;
  /** What came of the part that is done already. */
  result?: Record<string, unknown>;
  sourceId?: string | undefined;
  indexId?: string | undefined;
  /** Documents it is about, and jobs that it waits for. */
  total: number;
  jobs: number;
  /** True where something is left to do when its jobs have ended. */
  hasFinish?: boolean;
}

export interface OperationView {
  id: string;
  collectionId: string;
  type: OperationType;
  state: OperationState;
  config: Record<string, unknown>;
  result: Record<string, unknown>;
  error: string | null;
  percentage: number;
  done: number;
  failed: number;
  total: number;
  eventSeq: number;
  createdAt: Date;
  startedAt: Date | null;
  completedAt: Date | null;
}

export interface OperationEventView {
  seq: number;
  type: string;
  percentage: number;
  data: Record<string, unknown>;
  at: Date;
}

const INSERT: Statement = {
  name: 'insert_operation',
  text: `WITH o AS (INSERT INTO operations (org_id, id, collection_id, source_id, index_id, type, config, result, total, unfinished, has_finish, created_by, event_seq, state, percentage, started_at, completed_at)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, CASE WHEN idle THEN 'completed' ELSE 'pending' END, CASE WHEN idle THEN 100 ELSE 0 END,
      CASE WHEN idle THEN clock_timestamp() END, CASE WHEN idle THEN clock_timestamp() END FROM (SELECT $10::int = 0 AND NOT $11::boolean AS idle) AS it
    RETURNING *)
  INSERT INTO operation_events (org_id, operation_id, seq, type, percentage, data) SELECT org_id, id, 1, CASE state WHEN 'completed' THEN 'operation_completed' ELSE 'operation_created' END, percentage,
    jsonb_build_object('status', state, 'processed', 0, 'total', total, 'failed', 0) FROM o`,
};

// They make room, so they are never refused.
const REMOVALS: ReadonlySet<OperationType> = new Set(['delete', 'delete_documents', 'remove_source']);

/** Writes the operation of jobs that are written in the same transaction. One without jobs is done already. */
export async function beginOperation(sql: Sql, scope: TenantScope, operation: NewOperation): Promise<string> {
  const { collectionId, sourceId, indexId, type, config = {}, result = {}, total, jobs, hasFinish = false } = operation;
  const id = newId();
  const values = [scope.orgId, id, collectionId, sourceId ?? null, indexId ?? null, type, config, result, total, jobs, hasFinish, scope.actor];
  await sql.rows(INSERT, values);
  if (!REMOVALS.has(type)) chargeUsage(sql, scope, collectionId, { operations: 1 });
  return id;
}

const GROW: Statement = {
  name: 'grow_operation',
  text: `UPDATE operations SET total = total + $3::int, unfinished = unfinished + $4::int WHERE org_id = $1 AND id = $2 AND state IN ('pending','processing') RETURNING id`,
};

/** Adds jobs to an operation that one of its own jobs found; false when it was cancelled meanwhile. */
export async function growOperation(sql: Sql, scope: TenantScope, id: string, more: { total: number; jobs: number }): Promise<boolean> {
  return (await sql.rows(GROW, [scope.orgId, id, more.total, more.jobs])).length > 0;
}

const COLUMNS = `o.id, o.collection_id AS "collectionId", o.type, o.state, o.config, o.result, o.error, o.percentage, o.done, o.failed, o.total, o.event_seq AS "eventSeq",
  o.created_at AS "createdAt", o.started_at AS "startedAt", o.completed_at AS "completedAt"`;

// Operations of a collection that is deleted can still be read: its deletion is one of them.
const READABLE = `FROM operations o JOIN collections c ON c.org_id = o.org_id AND c.id = o.collection_id WHERE o.org_id = $1 AND ${roleSql('c', 2)} IS NOT NULL`;

const READ: Statement = { name: 'read_operation', text: `SELECT ${COLUMNS}, ${roleSql('c', 2)} AS role ${READABLE} AND o.id = $4` };

const ASKED = `${READABLE} AND ($4::uuid IS NULL OR o.collection_id = $4) AND ($5::text IS NULL OR o.state = $5) AND ($6::uuid IS NULL OR o.source_id = $6)
    AND ($7::text IS NULL OR o.type = $7)`;

const LIST: Statement = {
  name: 'list_operations',
  text: `SELECT ${COLUMNS} ${ASKED} ORDER BY o.created_at DESC, o.id DESC LIMIT $8 OFFSET $9`,
};

const COUNT: Statement = { name: 'count_operations', text: `SELECT count(*)::int AS operations ${ASKED}` };

export function noOperation(): CairnError {
  return new CairnError('not_found', 'There is no operation with this id.');
}

export async function readOperation(sql: Sql, access: Access, id: string): Promise<OperationView & { role: string }> {
  const [row] = await sql.rows<OperationView & { role: string }>(READ, [access.scope.orgId, ...roleValues(access), id]);
  if (!row) throw noOperation();
  return row;
}

/** Which operations are meant, of those on collections that the caller may read. */
export interface OperationFilter {
  collectionId?: string | undefined;
  state?: OperationState | undefined;
  sourceId?: string | undefined;
  type?: OperationType | undefined;
}

function valuesOf(access: Access, { collectionId, state, sourceId, type }: OperationFilter): unknown[] {
  return [access.scope.orgId, ...roleValues(access), collectionId ?? null, state ?? null, sourceId ?? null, type ?? null];
}

/** Newest first. */
export function listOperations(sql: Sql, access: Access, { limit, offset = 0, ...filter }: OperationFilter & { limit: number; offset?: number }) {
  return sql.rows<OperationView>(LIST, [...valuesOf(access, filter), limit, offset]);
}

export async function countOperations(sql: Sql, access: Access, filter: OperationFilter): Promise<number> {
  const [counted] = await sql.rows<{ operations: number }>(COUNT, valuesOf(access, filter));
  return counted?.operations ?? 0;
}

const EVENTS: Statement = {
  name: 'operation_events',
  text: `SELECT seq, type, percentage, data, at FROM operation_events WHERE org_id = $1 AND operation_id = $2 AND seq > $3 ORDER BY seq LIMIT $4`,
};

/** What happened to the operation after the event with this number, in its order. */
export function readOperationEvents(sql: Sql, scope: TenantScope, id: string, after: number, limit = 1_000): Promise<OperationEventView[]> {
  return sql.rows<OperationEventView>(EVENTS, [scope.orgId, id, after, limit]);
}

// Those that ended a moment ago may have begun since the reader looked last; those that he saw under way he is told the end of, however late he looks.
const UNDER_WAY: Statement = {
  name: 'operations_under_way',
  text: `SELECT ${COLUMNS} ${READABLE} AND (o.state IN ('pending','processing') OR o.completed_at > clock_timestamp() - interval '1 minute' OR o.id = ANY ($4::uuid[]))
    ORDER BY o.created_at DESC, o.id DESC`,
};

/** Operations that wait or run, those that ended within the last minute, and these. Newest first. */
export function operationsUnderWay(sql: Sql, access: Access, also: readonly string[] = []): Promise<OperationView[]> {
  return sql.rows<OperationView>(UNDER_WAY, [access.scope.orgId, ...roleValues(access), also]);
}

const EVENTS_OF_MANY: Statement = {
  name: 'events_of_operations',
  text: `SELECT e.operation_id AS "operationId", e.seq, e.type, e.percentage, e.data, e.at
    FROM unnest($2::uuid[], $3::int[]) AS seen(id, seq) JOIN operation_events e ON e.org_id = $1 AND e.operation_id = seen.id AND e.seq > seen.seq
    ORDER BY e.at, e.operation_id, e.seq LIMIT $4`,
};

/** What happened to each of the operations after the event with its number: those of one operation in their order. */
export function readEventsOfOperations(sql: Sql, scope: TenantScope, seen: ReadonlyMap<string, number>, limit: number) {
  return sql.rows<OperationEventView & { operationId: string }>(EVENTS_OF_MANY, [scope.orgId, [...seen.keys()], [...seen.values()], limit]);
}

// Jobs first, then the operation: everybody takes these locks in this order. The trigger that counts ended jobs finds an operation that is over, and counts nothing.
const LOCK_JOBS: Statement = {
  name: 'lock_jobs_of_operation',
  text: `SELECT id FROM jobs WHERE org_id = $1 AND operation_id = $2 AND state IN ('queued','running') ORDER BY id FOR UPDATE`,
};

const END: Statement = {
  name: 'cancel_operation',
  text: `WITH o AS (UPDATE operations SET state = 'cancelled', completed_at = clock_timestamp(), event_seq = event_seq + 1
    WHERE org_id = $1 AND id = $2 AND state IN ('pending','processing') RETURNING *)
  INSERT INTO operation_events (org_id, operation_id, seq, type, percentage, data)
    SELECT org_id, id, event_seq, 'operation_cancelled', percentage, jsonb_build_object('status', 'cancelled', 'processed', done, 'total', total, 'failed', failed) FROM o RETURNING seq`,
};

const CANCEL_JOBS: Statement = {
  name: 'cancel_jobs_of_operation',
  text: `WITH changed AS (UPDATE jobs SET state = 'cancelled', finished_at = clock_timestamp(), ${FREE_LEASE}, ${NEXT_EVENT}
    WHERE org_id = $1::uuid AND operation_id = $2::uuid AND state IN ('queued', 'running') RETURNING ${CHANGED}),
  ${logEvent()}, ${closeAttempt(`'cancelled'`)}, ${DISCARD_POINTS}, ${DISOWN_POINTS},
  silenced AS (DELETE FROM outbox USING changed WHERE outbox.org_id = changed.org_id AND outbox.job_id = changed.id)
  SELECT id FROM changed`,
};

/** Ends the operation and its jobs; answers which. Throws when it is over. */
export async function cancelOperation(sql: Sql, scope: TenantScope, id: string): Promise<JobId[]> {
  await sql.rows(LOCK_JOBS, [scope.orgId, id]);
  if ((await sql.rows(END, [scope.orgId, id])).length === 0)
    throw new CairnError('operation_ended', `The operation ${id} has already ended, so it cannot be cancelled.`);
  const jobs = await sql.rows<{ id: JobId }>(CANCEL_JOBS, [scope.orgId, id]);
  await sql.rows(
    `UPDATE collection_indexes i SET state = 'retired', retired_at = clock_timestamp() FROM operations o
    WHERE o.org_id = $1 AND o.id = $2 AND i.org_id = o.org_id AND i.id = o.index_id AND i.state = 'building'`,
    [scope.orgId, id],
  );
  return jobs.map((job) => job.id);
}

/** What came of an operation, to be told with it: counts and notes. */
export async function noteResult(sql: Sql, scope: TenantScope, id: string, result: Record<string, unknown>): Promise<void> {
  await sql.rows('UPDATE operations SET result = result || $3::jsonb WHERE org_id = $1 AND id = $2', [scope.orgId, id, result]);
}

/** The same for work that may be begun again: what was noted first stays. */
export async function noteFirstResult(sql: Sql, scope: TenantScope, id: string, result: Record<string, unknown>): Promise<void> {
  await sql.rows('UPDATE operations SET result = $3::jsonb || result WHERE org_id = $1 AND id = $2', [scope.orgId, id, result]);
}
