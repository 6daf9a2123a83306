import {
  type Access,
  absent,
  assertCursor,
  CairnError,
  collectionIdOf,
  type Database,
  type FeedCursors,
  type FeedEvent,
  type FeedPage,
  feedHead,
  firstKeptEvent,
  JOB_EVENTS_PAGE,
  type JobEventView,
  type JobId,
  type JobView,
  readFeed,
  readJob,
  readJobEvents,
  type TenantScope,
} from '@cairn/common';
import type { EventHints } from './event-hints.js';
import { LookedPlaces } from './looked-places.js';
import { Naps } from './naps.js';

/** One message of a stream: its id to resume from, its data, and its name when it is not an ordinary event. */
export interface StreamItem {
  id?: string;
  name?: string;
  data: object;
}

export interface FeedFilter {
  jobId?: string | undefined;
  collectionId?: string | undefined;
}

const HEAD_MS = 10_000;
const PAGE = 500;
const ENDED = new Set(['completed', 'failed', 'canceled']);

/**
 * The events of a job or of an organisation, read from Postgres and never from messages: numbered, without gaps, from any place. Whether the caller may read
 * them is asked of Postgres again with every page, so what is taken from him ends a stream of a job, and is left out of the others, from its commit on.
 */
export class EventSource {
  private readonly places = new LookedPlaces();

  constructor(
    private readonly database: Database,
    private readonly hints: EventHints,
    private readonly cursors: FeedCursors,
  ) {}

  /** What to tell of the feed; the collection may be named by its id, an alias or its name. */
  async filterOf(access: Access, jobId: string | undefined, collection: string | undefined): Promise<FeedFilter> {
    if (collection === undefined) return { jobId };
    return { jobId, collectionId: await this.database.tenant(access.scope, (sql) => collectionIdOf(sql, access, collection)) };
  }

  /** Throws when the job is not there for this caller, or when events after this number are no longer kept. */
  async assertJob(access: Access, id: JobId, since: number): Promise<void> {
    const { scope } = access;
    await this.database.tenantSnapshot(scope, async (sql) => {
      const job = await readJob(sql, access, id);
      if (!job) throw absent('job');
      if (since + 1 < (await firstKeptEvent(sql, scope, id)))
        throw new CairnError('cursor_pruned', `Events of this job after number ${since} are no longer kept. What became of it is in current.`, {
          current: job,
        });
    });
  }

  /** The job's events after a number; ends after the event that ends the job, and when the caller may no longer read it. */
  async *ofJob(access: Access, id: JobId, since: number, signal: AbortSignal): AsyncGenerator<StreamItem> {
    let seen = since;
    for (const naps = new Naps(); !signal.aborted; ) {
      const { job, events } = await this.lookAtJob(access, id, seen);
      if (!job) return;
      for (const event of events) yield { id: String(event.seq), data: event };
      seen = events.at(-1)?.seq ?? seen;
      const isOver = ENDED.has(job.status);
      if (isOver && events.length === 0) return;
      if (!isOver && events.length < JOB_EVENTS_PAGE) await naps.until(this.hints, access.scope.orgId, events.length > 0, signal);
    }
  }

  /** The organisation's events after a cursor, with `head` every 10 s so that a reader can tell silence from a broken line. */
  async *ofOrganisation(access: Access, after: string, filter: FeedFilter, signal: AbortSignal): AsyncGenerator<StreamItem> {
    let cursor = after;
    let headAt = Date.now() + HEAD_MS;
    for (const naps = new Naps(); !signal.aborted; ) {
      const { events, isLast } = await this.page(access, cursor, filter);
      for (const event of events) yield { id: event.id, data: withoutId(event) };
      cursor = events.at(-1)?.id ?? cursor;
      if (Date.now() >= headAt) {
        headAt = Date.now() + HEAD_MS;
        yield { name: 'head', data: { cursor } };
      }
      if (isLast) await naps.until(this.hints, access.scope.orgId, events.length > 0, signal);
    }
  }

  /** Some of the events after the one that the reader saw last. None may mean that those looked at are hidden from him: the next page goes on behind them. */
  private async page(access: Access, cursor: string, filter: FeedFilter): Promise<FeedPage> {
    const reader = [access.scope.orgId, access.userId, access.collections, filter.jobId, filter.collectionId, cursor];
    const after = this.places.after(reader) ?? cursor;
    const page = await this.database.tenant(access.scope, (sql) => readFeed(sql, access, this.cursors, { ...filter, after, prev: cursor, limit: PAGE }));
    if (page.events.length === 0) this.places.remember(reader, page.lookedTo);
    return page;
  }

  /** Where to start: after the cursor given, or at the end of the feed. A cursor that is no longer good is refused here, before the stream opens. */
  async startOf(scope: TenantScope, cursor: string | undefined): Promise<string> {
    if (cursor === undefined) return this.cursors.format(scope, await this.database.tenant(scope, (sql) => feedHead(sql)));
    await this.database.tenant(scope, (sql) => assertCursor(sql, scope, this.cursors, cursor));
    return cursor;
  }

  /** Waits for the first events after the cursor, up to `waitMs`. */
  async poll(access: Access, cursor: string, filter: FeedFilter, waitMs: number, signal: AbortSignal): Promise<FeedEvent[]> {
    const until = Date.now() + waitMs;
    for (const naps = new Naps(); ; ) {
      const { events, isLast } = await this.page(access, cursor, filter);
      if (events.length > 0 || (isLast && Date.now() >= until) || signal.aborted) return events;
      if (isLast) await naps.until(this.hints, access.scope.orgId, false, signal);
    }
  }

  // A reader that resumes behind the end of a finished job is told so by the end of the stream.
  private lookAtJob(access: Access, id: JobId, seen: number): Promise<{ job: JobView | undefined; events: JobEventView[] }> {
    return this.database.tenantSnapshot(access.scope, async (sql) => {
      const job = await readJob(sql, access, id);
      return { job, events: job ? await readJobEvents(sql, access.scope, id, seen) : [] };
    });
  }
}

function withoutId({ id: _id, ...event }: FeedEvent): object {
  return event;
}
