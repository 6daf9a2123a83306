import type { TestSystem } from '../system/test-system.js';

type Ask = TestSystem['database']['sql'];

const LIVE = `documents d JOIN collections c ON c.org_id = d.org_id AND c.id = d.collection_id AND c.deleted_at IS NULL AND d.deleted_at IS NULL`;

/** What must not be there when all is quiet, with what it would mean. Each query takes the organisations. */
const NOTHING: Record<string, string> = {
  'documents are completed and not as they are now in the index that serves': `SELECT d.id FROM ${LIVE}
    LEFT JOIN manifests m ON m.org_id = d.org_id AND m.document_id = d.id AND m.index_id = c.serving_index_id
    WHERE d.org_id = ANY ($1::uuid[]) AND d.status = 'completed' AND m.gen IS DISTINCT FROM d.gen`,
  'documents are pending and nobody works on them': `SELECT d.id FROM ${LIVE} WHERE d.org_id = ANY ($1::uuid[]) AND d.status = 'pending'`,
  'documents that are as they should be are told as failed': `SELECT d.id FROM ${LIVE}
    JOIN manifests m ON m.org_id = d.org_id AND m.document_id = d.id AND m.index_id = c.serving_index_id AND m.gen = d.gen WHERE d.org_id = ANY ($1::uuid[]) AND d.status = 'failed'`,
  'manifests count other points than are live': `SELECT m.document_id FROM manifests m WHERE m.org_id = ANY ($1::uuid[]) AND m.point_count <>
    (SELECT count(*) FROM vectors v WHERE v.org_id = m.org_id AND v.asset_id = m.document_id::text AND v.index_id = m.index_id AND v.live_token IS NOT NULL)`,
  'manifests count other chunks than there are': `SELECT m.document_id FROM manifests m WHERE m.org_id = ANY ($1::uuid[]) AND m.chunk_count <>
    (SELECT count(*) FROM chunks ch WHERE ch.org_id = m.org_id AND ch.document_id = m.document_id AND ch.index_id = m.index_id)`,
  'chunks have no live point': `SELECT ch.id FROM chunks ch WHERE ch.org_id = ANY ($1::uuid[]) AND NOT EXISTS
    (SELECT 1 FROM vectors v WHERE v.org_id = ch.org_id AND v.chunk_id = ch.id AND v.live_token IS NOT NULL AND v.index_id = ch.index_id AND v.asset_id = ch.document_id::text)`,
  'chunks belong to no manifest': `SELECT ch.id FROM chunks ch WHERE ch.org_id = ANY ($1::uuid[]) AND NOT EXISTS
    (SELECT 1 FROM manifests m WHERE m.org_id = ch.org_id AND m.document_id = ch.document_id AND m.index_id = ch.index_id)`,
  'live parts of documents belong to no chunk': `SELECT v.point_id FROM vectors v WHERE v.org_id = ANY ($1::uuid[]) AND v.index_id IS NOT NULL AND v.live_token IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM chunks ch WHERE ch.org_id = v.org_id AND ch.id = v.chunk_id)`,
  'parts of documents are neither live nor on their way': `SELECT v.point_id FROM vectors v WHERE v.org_id = ANY ($1::uuid[]) AND v.index_id IS NOT NULL AND v.live_token IS NULL
    AND NOT EXISTS (SELECT 1 FROM job_inputs i WHERE i.org_id = v.org_id AND i.point_id = v.point_id)`,
  'jobs that succeeded left texts': `SELECT 1 FROM job_inputs i JOIN jobs j ON j.org_id = i.org_id AND j.id = i.job_id WHERE j.org_id = ANY ($1::uuid[]) AND j.state = 'succeeded'`,
  'deleted documents left chunks or points': `SELECT d.id FROM documents d WHERE d.org_id = ANY ($1::uuid[]) AND d.deleted_at IS NOT NULL AND (
    EXISTS (SELECT 1 FROM manifests m WHERE m.org_id = d.org_id AND m.document_id = d.id) OR EXISTS (SELECT 1 FROM vectors v WHERE v.org_id = d.org_id AND v.asset_id = d.id::text AND v.live_token IS NOT NULL))`,
  'operations are not over': `SELECT id FROM operations WHERE org_id = ANY ($1::uuid[]) AND state IN ('pending', 'processing')`,
  'indexes are being built by nobody': `SELECT i.id FROM collection_indexes i WHERE i.org_id = ANY ($1::uuid[]) AND i.state = 'building'
    AND NOT EXISTS (SELECT 1 FROM operations o WHERE o.org_id = i.org_id AND o.index_id = i.id AND o.state IN ('pending', 'processing'))`,
  'collections have not one index that serves': `SELECT c.id FROM collections c WHERE c.org_id = ANY ($1::uuid[]) AND c.deleted_at IS NULL AND
    (SELECT array_agg(i.id) FROM collection_indexes i WHERE i.org_id = c.org_id AND i.collection_id = c.id AND i.state = 'serving') IS DISTINCT FROM ARRAY[c.serving_index_id]`,
  'operations have events with gaps, no end or two': `SELECT o.id FROM operations o LEFT JOIN operation_events e ON e.org_id = o.org_id AND e.operation_id = o.id WHERE o.org_id = ANY ($1::uuid[])
    GROUP BY o.org_id, o.id, o.event_seq HAVING count(*) <> o.event_seq OR min(e.seq) <> 1 OR max(e.seq) <> o.event_seq
      OR count(*) FILTER (WHERE e.type IN ('operation_completed', 'operation_failed', 'operation_cancelled')) <> 1
      OR (array_agg(e.type ORDER BY e.seq DESC))[1] NOT IN ('operation_completed', 'operation_failed', 'operation_cancelled')`,
  'operations went backwards': `SELECT operation_id FROM (SELECT operation_id, percentage < lag(percentage) OVER (PARTITION BY operation_id ORDER BY seq) AS fell
    FROM operation_events WHERE org_id = ANY ($1::uuid[])) AS e WHERE fell`,
  'operations counted more or fewer jobs than they have': `SELECT id FROM operations WHERE org_id = ANY ($1::uuid[]) AND state = 'completed' AND (unfinished <> 0 OR done <> total)`,
};

/** Compares what Postgres says of documents with itself: each entry is a sentence about something that is wrong. */
export async function wrongsOfDocuments(sql: Ask, orgs: string[]): Promise<string[]> {
  const wrongs: string[] = [];
  for (const [what, query] of Object.entries(NOTHING)) {
    const rows = await sql<object>(query, [orgs]);
    if (rows.length > 0) wrongs.push(`${rows.length} ${what}, for example ${JSON.stringify(rows[0])}`);
  }
  return wrongs;
}
