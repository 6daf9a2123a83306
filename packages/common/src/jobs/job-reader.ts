import { type Access, isJobReadableSql, roleSql, roleValues, seesAll } from '../collections/access.js';
import type { Sql, Statement } from '../data/database.js';
import type { JobId } from '../ids.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import { type JobState, type JobType, statesOf, WIRE_STATUS, type WireStatus } from './job-types.js';

/** A job as clients see it. */
export interface JobView {
  id: JobId;
  type: JobType;
  status: WireStatus;
  raw_status: JobState;
  stage: string;
  progress: number;
  result: Record<string, unknown> | null;
  error: string | null;
  error_code: string | null;
  /** What it is a part of, where it is a part of something. */
  operation_id: string | null;
  document_id: string | null;
  /** Retries used in this series: 0 in the first attempt. */
  attempt: number;
  created_at: string;
  updated_at: string;
}

export interface AttemptView {
  n: number;
  fence: number;
  worker: string;
  started_at: string;
  ended_at: string | null;
  outcome: string | null;
  error: string | null;
}

export interface JobEventView {
  seq: number;
  status: WireStatus;
  stage: string;
  progress: number;
  message?: string;
  at: string;
}

interface JobRow extends Omit<JobView, 'status' | 'raw_status' | 'attempt' | 'created_at' | 'updated_at'> {
  state: JobState;
  attempts: number;
  created_at: Date;
  updated_at: Date;
}

interface EventRow {
  seq: number;
  state: JobState;
  stage: string;
  progress: number;
  message: string | null;
  at: Date;
}

const COLUMNS = 'id, type, state, stage, progress, result, error, error_code, operation_id, document_id, attempts, created_at, updated_at';

const READ: Statement = { name: 'read_job', text: `SELECT ${COLUMNS} FROM jobs j WHERE org_id = $1 AND id = $4 AND ${isJobReadableSql('j', 2)}` };

/** Events of a job that are read at a time. */
export const JOB_EVENTS_PAGE = 1_000;

const EVENTS: Statement = {
  name: 'read_job_events',
  text: `SELECT seq, state, stage, progress, message, at FROM job_events WHERE org_id = $1 AND job_id = $2 AND seq > $3 ORDER BY seq LIMIT ${JOB_EVENTS_PAGE}`,
};
const FIRST_KEPT: Statement = {
  name: 'first_kept_event',
  text: `SELECT coalesce((SELECT min(seq) FROM job_events e WHERE e.org_id = j.org_id AND e.job_id = j.id), j.event_seq + 1) AS first
    FROM jobs j WHERE j.org_id = $1 AND j.id = $2`,
};
const ATTEMPTS: Statement = {
  name: 'read_job_attempts',
  text: 'SELECT row_number() OVER (ORDER BY fence)::int AS n, fence::int, worker, started_at, ended_at, outcome, error FROM job_attempts WHERE org_id = $1 AND job_id = $2 ORDER BY fence DESC',
};
const WANTED = `j.org_id = $1 AND ($4::text[] IS NULL OR j.state = ANY ($4)) AND ($5::text IS NULL OR j.type = $5) AND ($6::text IS NULL OR j.error_code = $6)
  AND ($7::uuid IS NULL OR j.id < $7)`;
// Ids of jobs begin with the time at which they were accepted.
const NEWEST = 'ORDER BY id DESC LIMIT $8';

// To those who do not see all it answers nothing.
const LIST_ALL: Statement = {
  name: 'list_all_jobs',
  text: `SELECT ${COLUMNS} FROM jobs j WHERE ${WANTED} AND $2::bigint IS NULL AND $3::uuid[] IS NULL ${NEWEST}`,
};
// From each collection the newest, so that nobody walks all jobs of the organisation to find the few that he may read.
const LIST_READABLE: Statement = {
  name: 'list_readable_jobs',
  text: `(SELECT ${COLUMNS} FROM jobs j WHERE ${WANTED} AND j.collection_id IS NULL ${NEWEST})
    UNION ALL SELECT own.* FROM collections c
      CROSS JOIN LATERAL (SELECT ${COLUMNS} FROM jobs j WHERE ${WANTED} AND j.collection_id = c.id ${NEWEST}) own
      WHERE c.org_id = $1 AND ${roleSql('c', 2)} IS NOT NULL
    ${NEWEST}`,
};

export interface JobListPosition {
  id: string;
}

export interface JobListQuery {
  status?: WireStatus | undefined;
  type?: string | undefined;
  errorCode?: string | undefined;
  after?: JobListPosition | undefined;
  limit: number;
}

/** The job, unless it is not there or not for this caller. */
export async function readJob(sql: Sql, access: Access, id: JobId): Promise<JobView | undefined> {
  const [row] = await sql.rows<JobRow>(READ, [access.scope.orgId, ...roleValues(access), id]);
  return row && viewOf(row);
}

export function readAttempts(sql: Sql, scope: TenantScope, id: JobId): Promise<AttemptView[]> {
  return sql.rows<AttemptView>(ATTEMPTS, [scope.orgId, id]);
}

/** The number of the first event of the job that is still kept, or of the next one to come. */
export async function firstKeptEvent(sql: Sql, scope: TenantScope, id: JobId): Promise<number> {
  const [row] = await sql.rows<{ first: number }>(FIRST_KEPT, [scope.orgId, id]);
  return row?.first ?? 1;
}

/** The job's events after the given number, oldest first, a page at a time. */
export async function readJobEvents(sql: Sql, scope: TenantScope, id: JobId, since: number): Promise<JobEventView[]> {
  return (await sql.rows<EventRow>(EVENTS, [scope.orgId, id, since])).map(eventViewOf);
}

/** Those that the caller may read, newest first, with the position to go on from when there is more. */
export async function listJobs(sql: Sql, access: Access, query: JobListQuery): Promise<{ jobs: JobView[]; next: JobListPosition | undefined }> {
  const states = query.status ? statesOf(query.status) : null;
  const wanted = [states, query.type ?? null, query.errorCode ?? null, query.after?.id ?? null, query.limit + 1];
  const rows = await sql.rows<JobRow>(seesAll(access) ? LIST_ALL : LIST_READABLE, [access.scope.orgId, ...roleValues(access), ...wanted]);
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return { jobs: page.map(viewOf), next: rows.length > query.limit && last ? { id: last.id } : undefined };
}

function viewOf(row: JobRow): JobView {
  const { state, attempts, created_at, updated_at, ...rest } = row;
  return {
    ...rest,
    status: WIRE_STATUS[state],
    raw_status: state,
    attempt: Math.max(0, attempts - 1),
    created_at: created_at.toISOString(),
    updated_at: updated_at.toISOString(),
  };
}

export function eventViewOf(row: EventRow): JobEventView {
  const view = { seq: row.seq, status: WIRE_STATUS[row.state], stage: row.stage, progress: row.progress, at: row.at.toISOString() };
  return row.message === null ? view : { ...view, message: row.message };
}
