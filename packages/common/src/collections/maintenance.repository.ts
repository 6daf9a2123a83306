import type { Database, Statement } from '../data/database.js';
import { PASSING_FAILURES } from '../documents/failures.js';
import { EVENT_AND_BELL_OF_MANY, JOB_RETURNING, THIS_TRANSACTION } from '../jobs/accept-job.js';
import { JOB_DEFINITIONS } from '../jobs/job-types.js';

const COLLECTIONS = 20;
const DOCUMENTS_OF_EACH = 1_000;

const FAILED_BY_CHANCE = `d.org_id = c.org_id AND d.collection_id = c.id AND d.deleted_at IS NULL AND d.status = 'failed' AND d.error_code = ANY ($5::text[])`;

// A collection that somebody changes at the moment is seen to the next time. One that was seen to is not due any more, which is seen when its row is locked.
const BEGIN: Statement = {
  name: 'begin_maintenance',
  text: `WITH due AS (SELECT c.org_id, c.id, c.serving_index_id FROM collections c
    WHERE c.auto_maintenance AND c.deleted_at IS NULL AND (c.maintained_at IS NULL OR c.maintained_at < clock_timestamp() - make_interval(mins => $4::int))
      AND NOT EXISTS (SELECT FROM operations o WHERE o.org_id = c.org_id AND o.collection_id = c.id AND o.state IN ('pending','processing'))
      AND EXISTS (SELECT FROM documents d WHERE ${FAILED_BY_CHANCE})
    ORDER BY c.maintained_at NULLS FIRST LIMIT ${COLLECTIONS} FOR UPDATE OF c SKIP LOCKED),
  held AS (SELECT c.org_id, c.id AS collection_id, c.serving_index_id, d.id FROM due c
    CROSS JOIN LATERAL (SELECT d.id FROM documents d WHERE ${FAILED_BY_CHANCE} ORDER BY d.id LIMIT ${DOCUMENTS_OF_EACH} FOR UPDATE SKIP LOCKED) d),
  run AS (INSERT INTO operations (org_id, id, collection_id, type, config, total, unfinished, created_by, event_seq)
    SELECT org_id, gen_random_uuid(), collection_id, 'reindex', '{"only_failed": true, "maintenance": true}'::jsonb, count(*), count(*), 'maintenance', 1
    FROM held GROUP BY org_id, collection_id RETURNING org_id, id, collection_id, total),
  begun AS (INSERT INTO operation_events (org_id, operation_id, seq, type, percentage, data) SELECT org_id, id, 1, 'operation_created', 0,
    jsonb_build_object('status', 'pending', 'processed', 0, 'total', total, 'failed', 0) FROM run),
  marked AS (UPDATE collections c SET maintained_at = clock_timestamp() FROM run WHERE c.org_id = run.org_id AND c.id = run.collection_id),
  task AS MATERIALIZED (SELECT held.org_id, held.collection_id, held.id AS document_id, held.serving_index_id, run.id AS operation_id, gen_random_uuid() AS job_id
    FROM held JOIN run ON run.org_id = held.org_id AND run.collection_id = held.collection_id),
  job AS (INSERT INTO jobs (org_id, id, type, lane, job_key, payload, max_attempts, deadline_at, created_by, dedupe_live, event_xid, operation_id, document_id, collection_id)
    SELECT org_id, job_id, 'index_document', $1::text, encode(sha256(convert_to(job_id::text, 'UTF8')), 'hex'), jsonb_build_object('document_id', document_id, 'index_id', serving_index_id),
      $2::int, clock_timestamp() + make_interval(secs => $3::int), 'maintenance', false, ${THIS_TRANSACTION}, operation_id, document_id, collection_id FROM task RETURNING ${JOB_RETURNING}),
  waiting AS (UPDATE documents d SET status = 'pending', error_message = NULL, error_code = NULL, job_id = task.job_id, updated_at = clock_timestamp()
    FROM task WHERE d.org_id = task.org_id AND d.id = task.document_id),
  ${EVENT_AND_BELL_OF_MANY}
  SELECT org_id AS "orgId", id AS "operationId", total AS documents FROM run`,
};

export interface Maintenance {
  orgId: string;
  operationId: string;
  documents: number;
}

/** Tries again what failed by chance in collections that want to be seen to, across organisations; for the dispatcher. */
export class MaintenanceRepository {
  constructor(private readonly database: Database) {}

  /** Begins an operation in each collection that is due; answers which. */
  begin({ everyMinutes, maxAttempts }: { everyMinutes: number; maxAttempts: number }): Promise<Maintenance[]> {
    const { lane, deadlineSeconds } = JOB_DEFINITIONS.index_document;
    return this.database.single<Maintenance>(BEGIN, [lane, maxAttempts, deadlineSeconds, everyMinutes, PASSING_FAILURES]);
  }
}
