import type { Sql, Statement } from '../data/database.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

/** What Postgres knows of how a collection is. Of things that can be asked for one by one the first is named. */
export interface HealthFacts {
  documents: number;
  failedDocuments: number;
  /** Pending, and no job is about them. */
  forgottenDocuments: number;
  /** Said to be indexed, and the index that serves does not have them as they are. */
  missingDocuments: number;
  /** Indexed, and nothing of them can be found. */
  textlessDocuments: number;
  /** With the same content as another one of the collection. */
  twinDocuments: number;
  averageBytes: number;
  stuckOperations: number;
  stuckOperation: string | null;
  /** Failed within a week, and the like has not gone well since. */
  failedOperations: number;
  failingSources: number;
  failingSource: string | null;
  /** Not looked through when they should have been. */
  lateSources: number;
  lateSource: string | null;
  pausedSources: number;
  /** Retired indexes that should have been removed long ago. */
  oldIndexes: number;
  maintainedAt: Date | null;
}

const LONG_AGO = `clock_timestamp() - interval '7 days'`;
const AN_HOUR_AGO = `clock_timestamp() - interval '1 hour'`;

const first = (id: string, which: string): string => `(array_agg(${id} ORDER BY ${id}) FILTER (WHERE ${which}))[1]`;

const IS_STUCK = `o.state IN ('pending','processing') AND o.created_at < ${AN_HOUR_AGO}
  AND NOT EXISTS (SELECT FROM operation_events e WHERE e.org_id = o.org_id AND e.operation_id = o.id AND e.at > ${AN_HOUR_AGO})`;
const HAS_FAILED = `o.state = 'failed' AND o.created_at > ${LONG_AGO} AND NOT EXISTS (SELECT FROM operations n WHERE n.org_id = o.org_id AND n.collection_id = o.collection_id
  AND n.type = o.type AND n.source_id IS NOT DISTINCT FROM o.source_id AND n.state = 'completed' AND n.created_at > o.created_at)`;
const IS_LATE = `s.run_id IS NULL AND NOT s.is_paused AND s.last_error IS NULL
  AND (s.next_run_at < ${AN_HOUR_AGO} OR (s.last_indexed_at IS NULL AND s.created_at < ${AN_HOUR_AGO}))`;

const FACTS: Statement = {
  name: 'health_of_collection',
  text: `SELECT held.*, done.*, fed.*, old.*, c.maintained_at AS "maintainedAt" FROM collections c
  CROSS JOIN LATERAL (SELECT count(*)::int AS documents, (count(*) FILTER (WHERE d.status = 'failed'))::int AS "failedDocuments",
      (count(*) FILTER (WHERE d.status = 'pending' AND NOT EXISTS (SELECT FROM jobs j WHERE j.org_id = d.org_id AND j.document_id = d.id AND j.state IN ('queued','running'))))::int AS "forgottenDocuments",
      (count(*) FILTER (WHERE d.status = 'completed' AND m.gen IS DISTINCT FROM d.gen))::int AS "missingDocuments",
      (count(*) FILTER (WHERE d.status = 'completed' AND m.gen = d.gen AND m.chunk_count = 0))::int AS "textlessDocuments",
      (count(*) - count(DISTINCT d.content_hash))::int AS "twinDocuments", coalesce(avg(d.size_bytes), 0)::float8 AS "averageBytes"
    FROM documents d LEFT JOIN manifests m ON m.org_id = d.org_id AND m.document_id = d.id AND m.index_id = c.serving_index_id
    WHERE d.org_id = c.org_id AND d.collection_id = c.id AND d.deleted_at IS NULL) held
  CROSS JOIN LATERAL (SELECT (count(*) FILTER (WHERE ${IS_STUCK}))::int AS "stuckOperations", ${first('o.id', IS_STUCK)} AS "stuckOperation",
      (count(*) FILTER (WHERE ${HAS_FAILED}))::int AS "failedOperations" FROM operations o WHERE o.org_id = c.org_id AND o.collection_id = c.id) done
  CROSS JOIN LATERAL (SELECT (count(*) FILTER (WHERE s.last_error IS NOT NULL))::int AS "failingSources", ${first('s.id', 's.last_error IS NOT NULL')} AS "failingSource",
      (count(*) FILTER (WHERE ${IS_LATE}))::int AS "lateSources", ${first('s.id', IS_LATE)} AS "lateSource",
      (count(*) FILTER (WHERE s.is_paused AND s.sync_every_minutes IS NOT NULL))::int AS "pausedSources"
    FROM sources s WHERE s.org_id = c.org_id AND s.collection_id = c.id AND s.removed_at IS NULL) fed
  CROSS JOIN LATERAL (SELECT count(*)::int AS "oldIndexes" FROM collection_indexes i
    WHERE i.org_id = c.org_id AND i.collection_id = c.id AND i.state = 'retired' AND i.retired_at < ${LONG_AGO}) old
  WHERE c.org_id = $1 AND c.id = $2`,
};

/** How a collection is that the caller may read. */
export async function readHealthFacts(sql: Sql, scope: TenantScope, collectionId: string): Promise<HealthFacts> {
  const [facts] = await sql.rows<HealthFacts>(FACTS, [scope.orgId, collectionId]);
  return facts as HealthFacts;
}
