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

/** One message of a stream: its id to resume from, its data, and its name when it is not an ordinary event. */
export interface StreamItem {
  id?: string;
  name?: string;
  data: object;
}

export interface FeedFilter {
  jobId?: string | undefined;
  /** No job belongs to a collection yet, so this finds nothing. */
  collectionId?: string | undefined;
}

const POLL_MS = 1_000;
const HEAD_MS = 10_000;
const PAGE = 500;
const ENDED = new Set(['completed', 'failed', 'canceled']);
// A hint can come before the event is below the oldest running transaction: look again soon, then fall back to polling.
const LOOKS_AFTER_HINT_MS = [15, 60, 200];

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
      if (events.length < JOB_EVENTS_PAGE) await this.nap(scope, naps, events.length > 0, signal);
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
      if (events.length < PAGE) await this.nap(scope, naps, events.length > 0, signal);
    }
  }

  async page(scope: TenantScope, cursor: string, filter: FeedFilter): Promise<FeedEvent[]> {
    if (filter.collectionId !== undefined) return [];
    return this.database.tenant(scope, (sql) => readFeed(sql, scope, this.cursors, cursor, { jobId: filter.jobId, limit: PAGE }));
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
      await this.nap(scope, naps, false, signal);
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

  private async nap(scope: TenantScope, naps: Naps, found: boolean, signal: AbortSignal): Promise<void> {
    const startedAt = Date.now();
    const ms = naps.next(found);
    await this.hints.wait(scope.orgId, ms, signal);
    if (Date.now() - startedAt < ms) naps.hinted();
  }
}

/** How long to wait before the next look. */
class Naps {
  private looks: number[] = [];

  next(found: boolean): number {
    if (found) this.looks = [];
    return this.looks.shift() ?? POLL_MS;
  }

  hinted(): void {
    this.looks = [...LOOKS_AFTER_HINT_MS];
  }
}

function withoutId({ id: _id, ...event }: FeedEvent): object {
  return event;
}
