import {
  absent,
  assertCursor,
  CairnError,
  type Database,
  type FeedCursors,
  type FeedEvent,
  feedHead,
  firstKeptEvent,
  JOB_EVENTS_PAGE,
  type JobEventView,
  type JobId,
  readFeed,
  readJob,
  readJobEvents,
  type TenantScope,
} from '@cairn/common';
import type { EventHints } from './event-hints.js';
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

/** The events of a job or of an organisation, read from Postgres and never from messages: numbered, without gaps, from any place. */
export class EventSource {
  constructor(
    private readonly database: Database,
    private readonly hints: EventHints,
    private readonly cursors: FeedCursors,
  ) {}

  /** Throws when the job is not there for this caller, or when events after this number are no longer kept. */
  async assertJob(scope: TenantScope, id: JobId, since: number): Promise<void> {
    await this.database.tenantSnapshot(scope, async (sql) => {
      const job = await readJob(sql, scope, id);
      if (!job) throw absent('job');
      if (since + 1 < (await firstKeptEvent(sql, scope, id)))
        throw new CairnError('cursor_pruned', `Events of this job after number ${since} are no longer kept. What became of it is in current.`, {
          current: job,
        });
    });
  }

  /** The job's events after a number; ends after the event that ends the job. */
  async *ofJob(scope: TenantScope, id: JobId, since: number, signal: AbortSignal): AsyncGenerator<StreamItem> {
    let seen = since;
    for (const naps = new Naps(); !signal.aborted; ) {
      const events = await this.database.tenant(scope, (sql) => readJobEvents(sql, scope, id, seen));
      for (const event of events) yield { id: String(event.seq), data: event };
      seen = events.at(-1)?.seq ?? seen;
      if (await this.isOver(scope, id, events, seen)) return;
      if (events.length < JOB_EVENTS_PAGE) await naps.until(this.hints, scope.orgId, events.length > 0, signal);
    }
  }

  /** The organisation's events after a cursor, with `head` every 10 s so that a reader can tell silence from a broken line. */
  async *ofOrganisation(scope: TenantScope, after: string, filter: FeedFilter, signal: AbortSignal): AsyncGenerator<StreamItem> {
    let cursor = after;
    let headAt = Date.now() + HEAD_MS;
    for (const naps = new Naps(); !signal.aborted; ) {
      const events = await this.page(scope, cursor, filter);
      for (const event of events) yield { id: event.id, data: withoutId(event) };
      cursor = events.at(-1)?.id ?? cursor;
      if (Date.now() >= headAt) {
        headAt = Date.now() + HEAD_MS;
        yield { name: 'head', data: { cursor } };
      }
      if (events.length < PAGE) await naps.until(this.hints, scope.orgId, events.length > 0, signal);
    }
  }

  async page(scope: TenantScope, cursor: string, filter: FeedFilter): Promise<FeedEvent[]> {
    return this.database.tenant(scope, (sql) => readFeed(sql, scope, this.cursors, cursor, { ...filter, limit: PAGE }));
  }

  /** Where to start: after the cursor given, or at the end of the feed. A cursor that is no longer good is refused here, before the stream opens. */
  async startOf(scope: TenantScope, cursor: string | undefined): Promise<string> {
    if (cursor === undefined) return this.cursors.format(scope, await this.database.tenant(scope, (sql) => feedHead(sql)));
    await this.database.tenant(scope, (sql) => assertCursor(sql, scope, this.cursors, cursor));
    return cursor;
  }

  /** Waits for the first events after the cursor, up to `waitMs`. */
  async poll(scope: TenantScope, cursor: string, filter: FeedFilter, waitMs: number, signal: AbortSignal): Promise<FeedEvent[]> {
    const until = Date.now() + waitMs;
    for (const naps = new Naps(); ; ) {
      const events = await this.page(scope, cursor, filter);
      if (events.length > 0 || Date.now() >= until || signal.aborted) return events;
      await naps.until(this.hints, scope.orgId, false, signal);
    }
  }

  private async isOver(scope: TenantScope, id: JobId, events: JobEventView[], seen: number): Promise<boolean> {
    const last = events.at(-1);
    if (last) return ENDED.has(last.status) && (await this.isNewest(scope, id, seen));
    return this.isNewest(scope, id, seen, true);
  }

  // A reader that resumes behind the end of a finished job is told so by the end of the stream.
  private async isNewest(scope: TenantScope, id: JobId, seen: number, onlyEnded = false): Promise<boolean> {
    const job = await this.database.tenant(scope, async (sql) => ({ view: await readJob(sql, scope, id), newer: await readJobEvents(sql, scope, id, seen) }));
    if (!job.view) return true;
    return job.newer.length === 0 && (!onlyEnded || ENDED.has(job.view.status));
  }
}

function withoutId({ id: _id, ...event }: FeedEvent): object {
  return event;
}
