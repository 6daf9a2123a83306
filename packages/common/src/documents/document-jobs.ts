import type { Sql, Statement } from '../data/database.js';
import { type JobId, jobKeyOf, newId } from '../ids.js';
import { EVENT_AND_BELL_OF_MANY, JOB_RETURNING, THIS_TRANSACTION } from '../jobs/accept-job.js';
import { JOB_DEFINITIONS } from '../jobs/job-types.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

export interface DocumentJobOptions {
  maxAttempts: number;
  correlationId?: string | undefined;
  traceparent?: string | undefined;
}

interface DocumentJobs {
  operationId: string;
  indexId: string;
  documentIds: string[];
  /** True where the end of the job says how the document is. */
  owns: boolean;
}

const ACCEPT: Statement = {
  name: 'accept_document_jobs',
  text: `WITH job AS (INSERT INTO jobs (org_id, id, type, lane, job_key, payload, max_attempts, deadline_at, created_by, correlation_id, traceparent, dedupe_live, event_xid, operation_id, document_id, collection_id)
    SELECT $1::uuid, j.id, 'index_document', $5::text, j.key, jsonb_build_object('document_id', j.document_id, 'index_id', $6::uuid), $7::int,
      clock_timestamp() + make_interval(secs => $8::int), $9::text, $10::text, $11::text, false, ${THIS_TRANSACTION}, $12::uuid, j.document_id,
      (SELECT o.collection_id FROM operations o WHERE o.org_id = $1::uuid AND o.id = $12::uuid)
    FROM unnest($2::uuid[], $3::uuid[], $4::text[]) AS j(id, document_id, key) RETURNING ${JOB_RETURNING}, document_id),
  owned AS (UPDATE documents d SET job_id = job.id FROM job WHERE $13::boolean AND d.org_id = job.org_id AND d.id = job.document_id),
  ${EVENT_AND_BELL_OF_MANY}
  SELECT count(*)::int AS jobs FROM job`,
};

/** A job for each document, to bring it into the index. Many in one statement: a request may bring a thousand. */
export async function acceptDocumentJobs(sql: Sql, scope: TenantScope, jobs: DocumentJobs, options: DocumentJobOptions): Promise<void> {
  const { operationId, indexId, documentIds, owns } = jobs;
  if (documentIds.length === 0) return;
  const { lane, deadlineSeconds } = JOB_DEFINITIONS.index_document;
  const ids = documentIds.map(() => newId<JobId>());
  const keys = documentIds.map((documentId, at) =>
    jobKeyOf(scope.orgId, 'index_document', { document_id: documentId, index_id: indexId, job: ids[at] as string }),
  );
  const { maxAttempts, correlationId = null, traceparent = null } = options;
  const about = [scope.orgId, ids, documentIds, keys, lane, indexId, maxAttempts, deadlineSeconds, scope.actor];
  await sql.rows(ACCEPT, [...about, correlationId, traceparent, operationId, owns]);
}
