import type { Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import { eventViewOf, type JobEventView } from '../jobs/job-reader.js';
import type { JobState } from '../jobs/job-types.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

/** A place in the feed of an organisation. Events are ordered by the transaction that made them, then by number. */
export interface FeedPosition {
  epoch: string;
  xid: string;
  id: string;
}

export interface FeedEvent extends JobEventView {
  job_id: string;
  /** Cursor of this event. */
  id: string;
  /** Cursor of the event before it in this stream: equal to the one seen last, or something was missed. */
  prev: string;
}

interface FeedRow {
  job_id: string;
  feed_xid: string;
  feed_id: string;
  seq: number;
  state: JobState;
  stage: string;
  progress: number;
  message: string | null;
  at: Date;
}

// Only events below the oldest running transaction are shown: all that can still commit comes after them, so nothing ever appears behind a reader.
const PAGE: Statement = {
  name: 'feed_page',
  text: `SELECT job_id, feed_xid::text, feed_id::text, seq, state, stage, progress, message, at FROM job_events
    WHERE org_id = $1 AND (feed_xid, feed_id) > ($2::bigint, $3::bigint) AND feed_xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint AND ($4::uuid IS NULL OR job_id = $4)
    ORDER BY feed_xid, feed_id LIMIT $5`,
};

// After a failover that lost its tail, transaction ids are used again: every cursor carries the database it belongs to.
const HEAD: Statement = {
  name: 'feed_head',
  text: `SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text AS xid, s.system_identifier::text || '.' || c.timeline_id::text AS epoch FROM pg_control_system() s, pg_control_checkpoint() c`,
};

const LAST = '9223372036854775807';

export function formatCursor(position: FeedPosition): string {
  return Buffer.from(`${position.epoch}:${position.xid}:${position.id}`).toString('base64url');
}

export function parseCursor(cursor: string): FeedPosition {
  const match = /^(\d{1,20}\.\d{1,10}):(\d{1,19}):(\d{1,19})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (!match)
    throw new CairnError('invalid_cursor', 'The cursor is not one that this system gave out. Read the list again and use the cursor that comes with it.');
  return { epoch: match[1] as string, xid: match[2] as string, id: match[3] as string };
}

/** The end of the feed as this snapshot sees it: what is read after it is new. */
export async function feedHead(sql: Sql): Promise<FeedPosition> {
  const [head] = await sql.rows<{ xid: string; epoch: string }>(HEAD);
  return { epoch: (head as { epoch: string }).epoch, xid: (head as { xid: string }).xid, id: LAST };
}

/** The events after a position, oldest first. A position of another database epoch is refused as pruned. */
export async function readFeed(
  sql: Sql,
  scope: TenantScope,
  after: FeedPosition,
  options: { jobId?: string | undefined; limit: number },
): Promise<FeedEvent[]> {
  const head = await feedHead(sql);
  if (head.epoch !== after.epoch) throw pruned(head);
  const rows = await sql.rows<FeedRow>(PAGE, [scope.orgId, after.xid, after.id, options.jobId ?? null, options.limit]);
  let prev = formatCursor(after);
  return rows.map((row) => {
    const id = formatCursor({ epoch: after.epoch, xid: row.feed_xid, id: row.feed_id });
    const event = { ...eventViewOf(row), job_id: row.job_id, id, prev };
    prev = id;
    return event;
  });
}

function pruned(head: FeedPosition): CairnError {
  return new CairnError(
    'cursor_pruned',
    `The database was replaced since this cursor was given out. Read the list again and go on from the cursor ${formatCursor(head)}.`,
  );
}
