import type { Database, Statement } from '../data/database.js';
import { EVENT_AND_BELL_OF_MANY, JOB_RETURNING, THIS_TRANSACTION } from '../jobs/accept-job.js';
import { JOB_DEFINITIONS } from '../jobs/job-types.js';

// Many may look at once: an operation that another holds is skipped, and one that has got its job is not due any more.
const FINISH: Statement = {
  name: 'finish_operations',
  text: `WITH due AS (SELECT org_id, id FROM operations WHERE state IN ('pending','processing') AND has_finish AND unfinished <= 0 ORDER BY org_id, id LIMIT 100 FOR UPDATE SKIP LOCKED),
  counted AS (UPDATE operations o SET unfinished = 1 FROM due WHERE o.org_id = due.org_id AND o.id = due.id RETURNING o.org_id, o.id, o.collection_id, o.created_by),
  job AS (INSERT INTO jobs (org_id, id, type, lane, job_key, payload, max_attempts, deadline_at, created_by, dedupe_live, event_xid, operation_id, collection_id)
    SELECT org_id, gen_random_uuid(), 'finish_reindex', $1::text, encode(sha256(convert_to(id::text, 'UTF8')), 'hex'), jsonb_build_object('operation_id', id), $2::int,
      clock_timestamp() + make_interval(secs => $3::int), created_by, false, ${THIS_TRANSACTION}, id, collection_id FROM counted RETURNING ${JOB_RETURNING}),
  ${EVENT_AND_BELL_OF_MANY}
  SELECT org_id AS "orgId" FROM job`,
};

/** Looks after operations that have more to do when their jobs have ended, across organisations; for the dispatcher. */
export class OperationKeeperRepository {
  constructor(private readonly database: Database) {}

  /** Gives a job to each operation whose jobs have ended and that has something left to do. Answers whose they are. */
  async finish(maxAttempts: number): Promise<string[]> {
    const { lane, deadlineSeconds } = JOB_DEFINITIONS.finish_reindex;
    const rows = await this.database.single<{ orgId: string }>(FINISH, [lane, maxAttempts, deadlineSeconds]);
    return [...new Set(rows.map(({ orgId }) => orgId))];
  }
}
