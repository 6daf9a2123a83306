import { randomInt } from 'node:crypto';
import {
  acceptJob,
  type CairnError,
  CursorSeal,
  cancelJob,
  type Database,
  FeedCursors,
  type FeedEvent,
  type FeedPosition,
  feedHead,
  type JobId,
  readFeed,
  readJobEvents,
  retryJob,
  type Sql,
  type TenantScope,
} from '@cairn/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Hopeless, until } from '../system/wait.js';
import { newScope, ProtocolBench, wholeOrganisation } from './protocol-bench.js';

jest.setTimeout(30_000);

let bench: ProtocolBench;
beforeAll(async () => {
  bench = await ProtocolBench.open();
}, 60_000);
afterAll(() => bench?.close());

const START_OF = (head: FeedPosition): FeedPosition => ({ ...head, xid: '0', id: '0' });
const cursors = new FeedCursors(new CursorSeal('a secret of this test'));
const headOf = (scope: TenantScope) => bench.app.tenant(scope, (sql) => feedHead(sql));
async function read(scope: TenantScope, from: FeedPosition | string, limit = 1_000, jobId?: string): Promise<FeedEvent[]> {
  const after = typeof from === 'string' ? from : cursors.format(scope, from);
  return (await bench.app.tenant(scope, (sql) => readFeed(sql, wholeOrganisation(scope), cursors, { after, limit, jobId }))).events;
}

/** Cancels a job that lives and retries one that ended: an event either way. */
async function nudge(sql: Sql, scope: TenantScope, id: JobId): Promise<void> {
  await cancelJob(sql, wholeOrganisation(scope), id).catch((error: CairnError) =>
    error.code === 'job_ended' ? retryJob(sql, wholeOrganisation(scope), id) : Promise.reject(error),
  );
}

/** A transaction that has its place in the order long before it commits, or does not commit at all. */
async function dawdle(database: Database, scope: TenantScope, ids: JobId[]): Promise<void> {
  const rollsBack = randomInt(8) === 0;
  const work = database.tenant(scope, async (sql) => {
    await sql.rows('SELECT pg_current_xact_id()');
    await sql.rows('SELECT pg_sleep($1)', [randomInt(25) / 1_000]);
    await nudge(sql, scope, ids[randomInt(ids.length)] as JobId);
    await sql.rows('SELECT pg_sleep($1)', [randomInt(25) / 1_000]);
    if (rollsBack) throw new Error('rolled back on purpose');
  });
  await work.catch((error: Error) => (error.message === 'rolled back on purpose' ? undefined : Promise.reject(error)));
}

/** Follows the feed by cursor, in pages of odd sizes, until the job that was accepted last is seen. */
async function follow(scope: TenantScope, start: FeedPosition, last: () => JobId | undefined): Promise<FeedEvent[]> {
  const seen: FeedEvent[] = [];
  await until('the event of the last job', async () => {
    const page = await read(scope, seen.at(-1)?.id ?? start, 1 + randomInt(9));
    seen.push(...page);
    return page.some((event) => event.job_id === last());
  });
  return seen;
}

const nameOf = (event: { job_id: string; seq: number }): string => `${event.job_id} ${event.seq}`;

function eventsOfJobs(events: { job_id: string; seq: number }[]): Map<string, number[]> {
  const byJob = new Map<string, number[]>();
  for (const { job_id, seq } of events) byJob.set(job_id, [...(byJob.get(job_id) ?? []), seq]);
  return byJob;
}

describe('the feed while transactions overlap', () => {
  const scope = newScope();
  let stored: { job_id: string; seq: number }[];
  let seen: FeedEvent[][];

  beforeAll(async () => {
    const databases = [bench.app, await bench.database.as('app'), await bench.database.as('app'), await bench.database.as('app')];
    const start = START_OF(await headOf(scope));
    const ids: JobId[] = [];
    for (let index = 0; index < 6; index++) ids.push(await bench.acceptMock(scope));
    let last: JobId | undefined;
    const readers = [0, 1].map(() => follow(scope, start, () => last));
    await Promise.all(
      Array.from({ length: 14 }, async (_, index) => {
        for (let round = 0; round < 12; round++) await dawdle(databases[index % databases.length] as Database, scope, ids);
      }),
    );
    last = await bench.acceptMock(scope);
    seen = await Promise.all(readers);
    stored = await bench.database.sql('SELECT job_id, seq FROM job_events WHERE org_id = $1', [scope.orgId]);
  }, 60_000);

  it('G10: events of a job are numbered 1..n without a gap, whoever writes them', () => {
    expect(stored.length).toBeGreaterThan(100);
    for (const seqs of eventsOfJobs(stored).values()) expect(seqs.toSorted((a, b) => a - b)).toEqual(seqs.map((_, index) => index + 1));
  });

  it('J11: a reader that follows by cursor sees every event exactly once, in the order of each job', () => {
    for (const events of seen) {
      expect(events.map(nameOf).sort()).toEqual(stored.map(nameOf).sort());
      for (const seqs of eventsOfJobs(events).values()) expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    }
  });

  it('J11: two readers saw the same order, and each event names the one before it', () => {
    expect(seen[0]?.map(nameOf)).toEqual(seen[1]?.map(nameOf));
    for (const events of seen) expect(events.slice(1).map((event) => event.prev)).toEqual(events.slice(0, -1).map((event) => event.id));
  });

  it('J11: from any cursor the same rest follows', async () => {
    const all = seen[0] as FeedEvent[];
    for (let round = 0; round < 25; round++) {
      const from = randomInt(all.length);
      const rest = await read(scope, all[from]?.id as string);
      expect(rest.map(nameOf)).toEqual(all.slice(from + 1).map(nameOf));
    }
  });

  it('J11: a feed of one job has its events only, chained among themselves', async () => {
    const [first] = seen[0] as [FeedEvent];
    const events = await read(scope, START_OF(await headOf(scope)), 1_000, first.job_id);
    expect(events.map((event) => event.seq)).toEqual(
      eventsOfJobs(stored)
        .get(first.job_id)
        ?.map((_, index) => index + 1),
    );
    expect(events.slice(1).map((event) => event.prev)).toEqual(events.slice(0, -1).map((event) => event.id));
  });
});

describe('the place of an event', () => {
  it('J11: an event whose transaction began early and commits late never appears behind a reader', async () => {
    const scope = newScope();
    const [early, late] = [await bench.acceptMock(scope), await bench.acceptMock(scope)];
    const start = await headOf(scope);
    let let_go: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      let_go = resolve;
    });
    let begun: () => void = () => undefined;
    const beginning = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const slow = bench.app.tenant(scope, async (sql) => {
      await nudge(sql, scope, early);
      begun();
      await held;
    });
    await beginning;
    await bench.app.tenant(scope, (sql) => nudge(sql, scope, late));
    expect(await read(scope, start)).toEqual([]); // the later one waits for the earlier one
    let_go();
    await slow;
    const events = await until('both events', async () => {
      const page = await read(scope, start);
      if (page.length > 2) throw new Hopeless(`${page.length} events`);
      return page.length === 2 && page;
    });
    expect(events.map((event) => event.job_id)).toEqual([early, late]);
  });

  it('J11: events are ordered as numbers, also where a number gets one digit more', async () => {
    const scope = newScope();
    const start = await headOf(scope);
    await bench.database.sql('ALTER SEQUENCE job_events_feed_id_seq RESTART WITH 99990');
    const ids = await bench.app.tenant(scope, async (sql) => {
      const made: JobId[] = [];
      for (let index = 0; index < 20; index++) {
        made.push(await acceptJob(bench.app, scope, { type: 'mock_process', jobKey: `key ${index}`, payload: {}, maxAttempts: 1 }, sql));
      }
      return made;
    });
    expect((await follow(scope, start, () => ids.at(-1))).map((event) => event.job_id)).toEqual(ids);
  });

  it('J11: the head that comes with a list is before everything that is written after it', async () => {
    const scope = newScope();
    await bench.acceptMock(scope);
    const { head, known } = await bench.app.tenantSnapshot(scope, async (sql) => ({
      head: await feedHead(sql),
      known: await sql.rows<{ id: JobId }>('SELECT id FROM jobs WHERE org_id = $1', [scope.orgId]),
    }));
    const next = await bench.acceptMock(scope);
    const events = await read(scope, head);
    expect([known.length, events.map((event) => event.job_id)]).toEqual([1, [next]]);
  });

  it('T1: a feed shows nothing of another organisation, also with a cursor of it', async () => {
    const [mine, theirs] = [newScope(), newScope()];
    await bench.acceptMock(theirs);
    const [event] = await read(theirs, START_OF(await headOf(theirs)));
    expect(event).toBeDefined();
    expect(await read(mine, START_OF(await headOf(mine)))).toEqual([]);
    await expect(read(mine, event?.prev as string)).rejects.toMatchObject({ code: 'invalid_cursor' });
  });
});

describe('cursors', () => {
  it('O10: a cursor of another database epoch is refused with a cursor to go on from', async () => {
    const scope = newScope();
    const head = await headOf(scope);
    for (const epoch of ['1.1', head.epoch.replace(/\.\d+$/, '.9999')]) {
      const error = (await read(scope, { ...head, epoch }).catch((thrown) => thrown)) as CairnError;
      expect([error.code, error.status]).toEqual(['cursor_pruned', 410]);
      const offered = (error.current as { cursor: string }).cursor;
      expect(cursors.parse(scope, offered).epoch).toBe(head.epoch);
      expect(await read(scope, offered)).toEqual([]);
    }
  });

  it('J11: a cursor from before the oldest events that are still kept is refused, a younger one is not', async () => {
    const scope = newScope();
    const old = await bench.acceptMock(scope);
    const before = START_OF(await headOf(scope));
    await bench.app.tenant(scope, (sql) => cancelJob(sql, wholeOrganisation(scope), old));
    await bench.acceptMock(scope);
    const all = await read(scope, before);
    await bench.database.sql(`UPDATE jobs SET finished_at = clock_timestamp() - interval '31 days' WHERE id = $1`, [old]);
    await bench.sweeps.forget({ inputHours: 24, eventDays: 30 });
    expect(await bench.app.tenant(scope, (sql) => readJobEvents(sql, scope, old, 0))).toEqual([]);
    await expect(read(scope, before)).rejects.toMatchObject({ code: 'cursor_pruned' });
    await expect(read(scope, all[0]?.id as string)).rejects.toMatchObject({ code: 'cursor_pruned' });
    expect(await read(scope, all[1]?.id as string)).toEqual([expect.objectContaining({ seq: 1 })]);
  });

  it('J11: what is no cursor is refused, and a cursor survives its text form', () => {
    const scope = newScope();
    for (const text of ['', 'x', 'AAAA', Buffer.from('1.1:2:3').toString('base64url')])
      expect(() => cursors.parse(scope, text)).toThrow(expect.objectContaining({ code: 'invalid_cursor' }));
    const position = { epoch: '7412345678901234567.12', xid: '9223372036854775806', id: '9223372036854775807' };
    expect(cursors.parse(scope, cursors.format(scope, position))).toEqual(position);
  });
});
