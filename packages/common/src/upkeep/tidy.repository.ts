import type { Database } from '../data/database.js';
import { EVENT_AND_BELL_OF_MANY, JOB_RETURNING, THIS_TRANSACTION } from '../jobs/accept-job.js';
import { GARBAGE_DUE, storedIdSql } from '../jobs/job-sql.js';
import { JOB_DEFINITIONS } from '../jobs/job-types.js';

/** What is removed, as it is counted. */
export const TIDIED = ['indexes', 'points', 'documents', 'collections', 'operations', 'sessions', 'queries', 'searches'] as const;
export type Tidied = (typeof TIDIED)[number];

const POINTS = 1_000;
const DOCUMENTS_AT_A_TIME = 50;
const ROWS = 5_000;

// A job that began before the index was retired may still write rows of it: it is waited for.
const RETIRED = `SELECT org_id AS "orgId", id FROM collection_indexes i
  WHERE state = 'retired' AND (emptied_at IS NOT NULL OR retired_at < clock_timestamp() - make_interval(hours => $1::int))
    AND NOT EXISTS (SELECT 1 FROM operations o WHERE o.org_id = i.org_id AND o.index_id = i.id AND o.state IN ('pending','processing'))
    AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.org_id = i.org_id AND j.document_id IS NOT NULL AND j.state IN ('queued','running') AND j.payload->>'index_id' = i.id::text)
  ORDER BY retired_at LIMIT 1 FOR UPDATE OF i SKIP LOCKED`;

/** Deletes rows of points that are `held`, and lists what of them was live as garbage. */
const REMOVE_HELD = `gone AS (DELETE FROM vectors v USING held WHERE v.org_id = held.org_id AND v.point_id = held.point_id),
  garbage AS (INSERT INTO garbage_points (org_id, space, stored_id, due_at)
    SELECT org_id, space, ${storedIdSql('point_id', 'live_token')}, ${GARBAGE_DUE} FROM held WHERE live_token IS NOT NULL ON CONFLICT DO NOTHING)`;

const POINTS_OF_INDEX = `WITH held AS (SELECT org_id, point_id, space, live_token FROM vectors WHERE org_id = $1 AND index_id = $2 ORDER BY point_id LIMIT ${POINTS} FOR UPDATE),
  ${REMOVE_HELD} SELECT count(*)::int AS removed FROM held`;

const DOCUMENTS_OF_INDEX = `SELECT document_id AS id FROM manifests WHERE org_id = $1 AND index_id = $2 LIMIT ${DOCUMENTS_AT_A_TIME}`;
const CHUNKS_OF_DOCUMENTS = `WITH cut AS (DELETE FROM chunks WHERE org_id = $1 AND index_id = $2 AND document_id = ANY ($3::uuid[]))
  DELETE FROM manifests WHERE org_id = $1 AND index_id = $2 AND document_id = ANY ($3::uuid[])`;

// A row that was put down for a point, whose job then needed it no more. Locked by a statement of their own: the next one sees whether a job has put it down again.
const UNBORN = `SELECT org_id AS "orgId", point_id AS "pointId" FROM vectors v WHERE index_id IS NOT NULL AND live_token IS NULL
    AND NOT EXISTS (SELECT 1 FROM job_inputs i WHERE i.org_id = v.org_id AND i.point_id = v.point_id) ORDER BY org_id, point_id LIMIT ${POINTS} FOR UPDATE OF v SKIP LOCKED`;

const REMOVE_UNBORN = `DELETE FROM vectors v USING unnest($1::uuid[], $2::uuid[]) AS u(org_id, point_id) WHERE v.org_id = u.org_id AND v.point_id = u.point_id AND v.live_token IS NULL
    AND NOT EXISTS (SELECT 1 FROM job_inputs i WHERE i.org_id = v.org_id AND i.point_id = v.point_id) RETURNING 1`;

const DOCUMENTS = `DELETE FROM documents WHERE (org_id, id) IN (SELECT org_id, id FROM documents d WHERE deleted_at < clock_timestamp() - make_interval(days => $1::int)
    AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.org_id = d.org_id AND j.document_id = d.id AND j.state IN ('queued','running')) LIMIT ${ROWS} FOR UPDATE SKIP LOCKED) RETURNING 1`;

const COLLECTIONS = `DELETE FROM collections c WHERE deleted_at < clock_timestamp() - make_interval(days => $1::int)
    AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.org_id = c.org_id AND d.collection_id = c.id)
    AND NOT EXISTS (SELECT 1 FROM collection_indexes i WHERE i.org_id = c.org_id AND i.collection_id = c.id)
    AND NOT EXISTS (SELECT 1 FROM operations o WHERE o.org_id = c.org_id AND o.collection_id = c.id AND o.state IN ('pending','processing')) RETURNING 1`;

// That a collection could not be opened is said by its first operation for as long as it is there.
const OPERATIONS = `WITH over AS (SELECT org_id, id FROM operations WHERE completed_at < clock_timestamp() - make_interval(days => $1::int)
    AND NOT (state = 'failed' AND config ? 'initial') LIMIT ${POINTS} FOR UPDATE SKIP LOCKED),
  events AS (DELETE FROM operation_events e USING over WHERE e.org_id = over.org_id AND e.operation_id = over.id)
  DELETE FROM operations o USING over WHERE o.org_id = over.org_id AND o.id = over.id RETURNING 1`;

// The day is for whoever looks what became of a login.
const SESSIONS = `WITH gone AS (DELETE FROM sessions WHERE (org_id, id) IN (
    SELECT org_id, id FROM sessions WHERE least(expires_at, ended_at) < clock_timestamp() - interval '1 day' ORDER BY org_id, id LIMIT ${ROWS}) RETURNING org_id, id),
  tokens AS (DELETE FROM refresh_tokens t USING gone WHERE t.org_id = gone.org_id AND t.session_id = gone.id)
  SELECT 1 FROM gone`;

const QUERIES = `UPDATE search_events SET query = NULL WHERE (org_id, at, id) IN (SELECT org_id, at, id FROM search_events
    WHERE has_query AND at < clock_timestamp() - make_interval(days => $1::int) ORDER BY at LIMIT ${ROWS} FOR UPDATE SKIP LOCKED) RETURNING 1`;

const SEARCHES = `DELETE FROM search_events WHERE (org_id, at, id) IN (SELECT org_id, at, id FROM search_events
    WHERE at < clock_timestamp() - make_interval(days => $1::int) ORDER BY at LIMIT ${ROWS} FOR UPDATE SKIP LOCKED) RETURNING 1`;

const USED = `EXISTS (SELECT 1 FROM documents d WHERE d.org_id = b.org_id AND d.content_hash = b.hash AND d.deleted_at IS NULL)`;

// Whoever stores contents holds them in the order of their hashes: nobody waits for him here, where they have none. What is skipped is marked the next time.
const marked = (condition: string) => `(b.org_id, b.hash) IN (SELECT b.org_id, b.hash FROM blobs b WHERE ${condition} FOR UPDATE SKIP LOCKED)`;
const MARK_UNUSED = `UPDATE blobs b SET unused_since = clock_timestamp() WHERE ${marked(`unused_since IS NULL AND NOT ${USED}`)}`;
const MARK_USED = `UPDATE blobs b SET unused_since = NULL WHERE ${marked(`unused_since IS NOT NULL AND ${USED}`)}`;

// One job at a time for each organisation.
const REMOVE_BLOBS = `WITH due AS (SELECT DISTINCT org_id FROM blobs WHERE unused_since < clock_timestamp() - make_interval(mins => $1::int)),
  job AS (INSERT INTO jobs (org_id, id, type, lane, job_key, payload, max_attempts, deadline_at, created_by, dedupe_live, event_xid)
    SELECT org_id, gen_random_uuid(), 'remove_blobs', $2::text, encode(sha256(convert_to('remove_blobs' || org_id, 'UTF8')), 'hex'), jsonb_build_object('unused_minutes', $1::int), $3::int,
      clock_timestamp() + make_interval(secs => $4::int), 'dispatcher', true, ${THIS_TRANSACTION} FROM due
    ON CONFLICT (org_id, job_key) WHERE dedupe_live AND state IN ('queued', 'running') DO NOTHING RETURNING ${JOB_RETURNING}),
  ${EVENT_AND_BELL_OF_MANY}
  SELECT org_id AS "orgId" FROM job`;

interface IndexKey {
  orgId: string;
  id: string;
}

/** Removes what nobody needs any more, a part at a time, across organisations; for the dispatcher. Many may do so at once: rows that another holds are skipped. */
export class TidyRepository {
  constructor(private readonly database: Database) {}

  /** Removes a part of an index that has long been retired; undefined when there is none. Its row goes last. */
  emptyIndex(retentionHours: number): Promise<Record<'indexes' | 'points', number> | undefined> {
    return this.database.system(async (sql) => {
      const [index] = await sql.rows<IndexKey>(RETIRED, [retentionHours]);
      if (index === undefined) return undefined;
      const of = [index.orgId, index.id];
      await sql.rows('UPDATE collection_indexes SET emptied_at = clock_timestamp() WHERE org_id = $1 AND id = $2 AND emptied_at IS NULL', of);
      const [{ removed: points } = { removed: 0 }] = await sql.rows<{ removed: number }>(POINTS_OF_INDEX, of);
      const documents = (await sql.rows<{ id: string }>(DOCUMENTS_OF_INDEX, of)).map(({ id }) => id);
      await sql.rows(CHUNKS_OF_DOCUMENTS, [...of, documents]);
      if (points === POINTS || documents.length === DOCUMENTS_AT_A_TIME) return { indexes: 0, points };
      await sql.rows('DELETE FROM collection_indexes WHERE org_id = $1 AND id = $2', of);
      return { indexes: 1, points };
    });
  }

  /** Removes rows of parts of documents that never became live and that no job is about. */
  async removeUnborn(): Promise<number> {
    return this.database.system(async (sql) => {
      const rows = await sql.rows<{ orgId: string; pointId: string }>(UNBORN);
      if (rows.length === 0) return 0;
      return (await sql.rows(REMOVE_UNBORN, [rows.map(({ orgId }) => orgId), rows.map(({ pointId }) => pointId)])).length;
    });
  }

  /** Removes the last that is known of documents and collections that were deleted so long ago. */
  async forgetDeleted(retentionDays: number): Promise<Record<'documents' | 'collections', number>> {
    const documents = (await this.database.single(DOCUMENTS, [retentionDays])).length;
    return { documents, collections: (await this.database.single(COLLECTIONS, [retentionDays])).length };
  }

  /** Removes operations that ended so long ago, with their events. */
  async forgetOperations(retentionDays: number): Promise<number> {
    return (await this.database.single(OPERATIONS, [retentionDays])).length;
  }

  /** Removes sessions that have been over for a day, with their refresh tokens. */
  async forgetSessions(): Promise<number> {
    return (await this.database.single(SESSIONS)).length;
  }

  /** Removes some of the searches that are so old, and the texts of some that are not; `isDone` when there are no more. */
  async forgetSearches({
    queryDays,
    searchDays,
  }: Record<'queryDays' | 'searchDays', number>): Promise<Record<'queries' | 'searches', number> & { isDone: boolean }> {
    const searches = (await this.database.single(SEARCHES, [searchDays])).length;
    const queries = (await this.database.single(QUERIES, [queryDays])).length;
    return { queries, searches, isDone: searches < ROWS && queries < ROWS };
  }

  /** Notes which contents no document needs, and gives a job to each organisation that has had some for so long. Answers which have got one. */
  async removeBlobs({ unusedMinutes, maxAttempts }: { unusedMinutes: number; maxAttempts: number }): Promise<string[]> {
    const { lane, deadlineSeconds } = JOB_DEFINITIONS.remove_blobs;
    await this.database.single(MARK_USED);
    await this.database.single(MARK_UNUSED);
    const rows = await this.database.single<{ orgId: string }>(REMOVE_BLOBS, [unusedMinutes, lane, maxAttempts, deadlineSeconds]);
    return rows.map(({ orgId }) => orgId);
  }
}
