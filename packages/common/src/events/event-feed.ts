import { type Access, isJobReadableSql, roleValues } from '../collections/access.js';
import type { Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import { eventViewOf, type JobEventView } from '../jobs/job-reader.js';
import type { JobState } from '../jobs/job-types.js';
import { EVENTS_PRUNED } from '../jobs/sweep.repository.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import type { FeedCursors, FeedPosition } from './feed-cursors.js';

export interface FeedEvent extends JobEventView {
  job_id: string;
  operation_id?: string;
  collection_id?: string;
  document_id?: string;
  /** Cursor of this event. */
  id: string;
  /** Cursor of the event before it in this stream: equal to the one seen last, or something was missed. */
  prev: string;
}

export interface FeedPage {
  /** Those of the page that the caller may read and asked for. */
  events: FeedEvent[];
  /** The place up to which events were looked at: to go on from, in this process only. */
  lookedTo: string;
  /** Nothing comes after the page for now. */
  isLast: boolean;
}

interface FeedRow {
  is_shown: boolean;
  looked: number;

  job_id: string;
  operation_id: string | null;
  collection_id: string | null;
  document_id: string | null;
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
// The order names the table: a bare `feed_xid` would mean the text in the answer, and as texts 1000 comes before 999.
// So many events are looked at whoever may read them, and the last of them is told: what is hidden from a caller is looked at once, not at every look.
const PAGE: Statement = {
  name: 'feed_page',
  text: `WITH page AS MATERIALIZED (SELECT e.job_id, e.feed_xid, e.feed_id, e.seq, e.state, e.stage, e.progress, e.message, e.at, j.operation_id, j.document_id, j.collection_id,
      ($7::uuid IS NULL OR e.job_id = $7) AND ($8::uuid IS NULL OR j.collection_id = $8) AND ${isJobReadableSql('j', 2)} AS is_shown
    FROM job_events e JOIN jobs j ON j.org_id = e.org_id AND j.id = e.job_id
    WHERE e.org_id = $1 AND (e.feed_xid, e.feed_id) > ($4::bigint, $5::bigint) AND e.feed_xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    ORDER BY e.feed_xid, e.feed_id LIMIT $6),
  last AS (SELECT feed_xid, feed_id FROM page ORDER BY feed_xid DESC, feed_id DESC LIMIT 1)
  SELECT p.job_id, p.feed_xid::text, p.feed_id::text, p.seq, p.state, p.stage, p.progress, p.message, p.at, p.operation_id, p.document_id, p.collection_id, p.is_shown,
    (SELECT count(*)::int FROM page) AS looked
  FROM page p WHERE p.is_shown OR (p.feed_xid, p.feed_id) = (SELECT last.feed_xid, last.feed_id FROM last) ORDER BY p.feed_xid, p.feed_id`,
};

// After a failover that lost its tail, transaction ids are used again: every cursor carries the database it belongs to.
const HEAD: Statement = {
  name: 'feed_head',
  text: `SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text AS xid, s.system_identifier::text || '.' || c.timeline_id::text AS epoch,
    (SELECT value FROM system_facts WHERE name = '${EVENTS_PRUNED}') AS pruned FROM pg_control_system() s, pg_control_checkpoint() c`,
};

interface HeadRow {
  xid: string;
  epoch: string;
  /** `xid:id` of the last event that is no longer kept, of whatever organisation. */
  pruned: string | null;
}

const LAST = '9223372036854775807';

/** The end of the feed as this snapshot sees it: what is read after it is new. */
export async function feedHead(sql: Sql): Promise<FeedPosition> {
  return positionOf(await readHead(sql));
}

async function readHead(sql: Sql): Promise<HeadRow> {
  const [head] = await sql.rows<HeadRow>(HEAD);
  return head as HeadRow;
}

const positionOf = ({ epoch, xid }: HeadRow): FeedPosition => ({ epoch, xid, id: LAST });

export interface FeedQuery {
  /** Where to look on from. */
  after: string;
  /** The event that the reader saw last, where that is not `after`. */
  prev?: string | undefined;
  jobId?: string | undefined;
  collectionId?: string | undefined;
  /** Events to look at. */
  limit: number;
}

/**
 * The events after a cursor that the caller may read, oldest first; each names the one before it of those that he sees. A cursor of another database epoch, or
 * before what is still kept, is refused as pruned.
 */
export async function readFeed(sql: Sql, access: Access, cursors: FeedCursors, query: FeedQuery): Promise<FeedPage> {
  const { scope } = access;
  const position = cursors.parse(scope, query.after);
  const asked = [position.xid, position.id, query.limit, query.jobId ?? null, query.collectionId ?? null];
  const rows = await sql.rows<FeedRow>(PAGE, [scope.orgId, ...roleValues(access), ...asked]);
  // Asked after the page: what was deleted before the page was read is known by then.
  await assertKept(sql, scope, cursors, position);
  const cursorOf = (row: FeedRow) => cursors.format(scope, { epoch: position.epoch, xid: row.feed_xid, id: row.feed_id });
  const last = rows.at(-1);
  return {
    events: chained(
      rows.filter((row) => row.is_shown).map((row) => ({ row, cursor: cursorOf(row) })),
      query.prev ?? query.after,
    ),
    lookedTo: last ? cursorOf(last) : query.after,
    isLast: (last?.looked ?? 0) < query.limit,
  };
}

function chained(shown: { row: FeedRow; cursor: string }[], before: string): FeedEvent[] {
  return shown.map(({ row, cursor }, at) => ({
    ...eventViewOf(row),
    job_id: row.job_id,
    ...aboutOf(row),
    id: cursor,
    prev: shown[at - 1]?.cursor ?? before,
  }));
}

/** What the job is a part of, where it is a part of something. */
function aboutOf({ operation_id, collection_id, document_id }: FeedRow): Partial<FeedEvent> {
  return Object.fromEntries(Object.entries({ operation_id, collection_id, document_id }).filter(([, id]) => id !== null));
}

/** Throws when this is no cursor of this feed, or nothing can be read on from it any more. */
export async function assertCursor(sql: Sql, scope: TenantScope, cursors: FeedCursors, cursor: string): Promise<void> {
  await assertKept(sql, scope, cursors, cursors.parse(scope, cursor));
}

async function assertKept(sql: Sql, scope: TenantScope, cursors: FeedCursors, position: FeedPosition): Promise<void> {
  const head = await readHead(sql);
  const pruned = (why: string) =>
    new CairnError('cursor_pruned', `${why} Read the list again and go on from current.cursor.`, {
      current: { cursor: cursors.format(scope, positionOf(head)) },
    });
  if (head.epoch !== position.epoch) throw pruned('The database was replaced since this cursor was given out.');
  if (isBefore(position, head.pruned)) throw pruned('Events after this cursor are no longer kept.');
}

function isBefore(position: FeedPosition, place: string | null): boolean {
  const [xid, id] = (place ?? '0:0').split(':').map(BigInt) as [bigint, bigint];
  return BigInt(position.xid) < xid || (BigInt(position.xid) === xid && BigInt(position.id) < id);
}
