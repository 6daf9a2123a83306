import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { CursorSeal, FeedCursors, type OrgId, scopeOfPrincipal } from '@cairn/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { WebSocket } from 'ws';
import { type ApiClient, devToken, type JobReply } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { readSocket, SocketRefused } from './read-socket.js';
import { readSse, type SseEvent, SseRefused } from './read-sse.js';

jest.setTimeout(90_000);

const CURSOR_SECRET = 'a secret of this test';
const cursors = new FeedCursors(new CursorSeal(CURSOR_SECRET));

let system: TestSystem;
beforeAll(async () => {
  system = await TestSystem.start({ env: { CURSOR_SECRET } });
}, 120_000);
afterAll(() => system?.stop());

const JSON_FEED = { accept: 'application/json' };
const ENDED = ['completed', 'failed', 'canceled'];
const tokenOf = (client: ApiClient): string => devToken(client.person);
const start = async (client: ApiClient, body: object = { type: 'mock_process' }) => (await client.ok<{ job_id: string }>('POST', '/jobs', body)).job_id;

const ordinary = (events: SseEvent[]): SseEvent[] => events.filter((event) => event.name === undefined);

interface FeedPage {
  events: { id: string; prev: string; job_id: string; seq: number; status: string }[];
  cursor: string;
}

const feed = (client: ApiClient, query = '') => client.ok<FeedPage>('GET', `/events${query}`, undefined, JSON_FEED);
const since = (cursor: string): string => `?since=${encodeURIComponent(cursor)}`;

describe('Idempotency-Key', () => {
  it('J5: replays the first answer of every kind of write, and takes effect once', async () => {
    const client = system.client();
    const key = () => ({ 'idempotency-key': randomUUID() });
    const twice = async (method: string, path: string, body?: object) => {
      const headers = key();
      const [first, second] = [await client.call(method, path, body, headers), await client.call(method, path, body, headers)];
      expect([method, path, second.status, second.body]).toEqual([method, path, first.status, first.body]);
      return first;
    };
    const { body } = await twice('POST', '/vectors/embed', { asset_id: 'a', segment_id: 's', text: 'once' });
    const { result } = await client.done(body.job_id as string);
    await twice('POST', '/vectors/embed/batch', { asset_id: 'b', segments: [{ segment_id: 's', text: 'once' }] });
    await twice('POST', '/vectors/mock', { asset_id: 'm', segment_id: 's' });
    const failing = await start(client, { type: 'mock_process', fail_at_stage: 'indexing' });
    await client.ended(failing);
    expect((await twice('POST', `/jobs/${failing}/retry`)).status).toBe(202);
    await client.ended(failing);
    expect((await twice('DELETE', `/vectors/${result?.point_id}`)).status).toBe(204);
    await client.done(await client.embed('gone', 's', 'to be deleted'));
    expect((await twice('DELETE', '/vectors/asset/gone')).body).toEqual({ deleted: 1 });
  });

  it('J5: a replay after another write does not bring the old text back', async () => {
    const client = system.client();
    const headers = { 'idempotency-key': randomUUID() };
    const body = { asset_id: 'a', segment_id: 's', text: 'the text of the first request' };
    const first = await client.ok<{ job_id: string }>('POST', '/vectors/embed', body, headers);
    await client.done(first.job_id);
    const later = 'lanterns float down the river at night';
    await client.done(await client.embed('a', 's', later));
    expect(await client.ok('POST', '/vectors/embed', body, headers)).toEqual(first);
    expect((await client.search(later)).results[0]?.score).toBeGreaterThan(0.99);
  });

  it('J5: the same key with another body or path is 422, in parallel 409 or the answer, after an error free again', async () => {
    const client = system.client();
    const headers = { 'idempotency-key': randomUUID() };
    await client.ok('POST', '/vectors/mock', { asset_id: 'a', segment_id: 's' }, headers);
    expect(await client.call('POST', '/vectors/mock', { asset_id: 'a', segment_id: 't' }, headers)).toMatchObject({
      status: 422,
      body: { code: 'idempotency_mismatch' },
    });
    const parallel = { 'idempotency-key': randomUUID() };
    const body = { asset_id: 'p', segments: [{ segment_id: 's', text: 'in parallel' }] };
    const replies = await Promise.all(Array.from({ length: 20 }, () => client.call('POST', '/vectors/embed/batch', body, parallel)));
    expect(new Set(replies.map((reply) => reply.status))).not.toContain(500);
    for (const reply of replies) if (reply.status !== 200) expect(reply).toMatchObject({ status: 409, body: { code: 'request_in_flight' } });
    expect(new Set(replies.filter((reply) => reply.status === 200).map((reply) => reply.body.job_id)).size).toBe(1);
    const missing = { 'idempotency-key': randomUUID() };
    const path = `/vectors/${randomUUID()}`;
    for (const attempt of [1, 2]) expect([attempt, (await client.call('DELETE', path, undefined, missing)).status]).toEqual([attempt, 404]);
  });
});

describe('the list of jobs', () => {
  let client: ApiClient;
  let ids: string[];
  beforeAll(async () => {
    client = system.client();
    ids = [];
    for (let index = 0; index < 7; index++) ids.push(await client.embed('list', `s${index}`, `text ${index}`));
    for (const id of ids) await client.done(id);
    const failing = await start(client, { type: 'mock_process', fail_at_stage: 'extracting' });
    await client.ended(failing);
    ids.push(failing);
  });

  interface Page {
    jobs: JobReply[];
    next_cursor: string | null;
  }

  async function all(query: string): Promise<string[]> {
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Page = await client.ok<Page>('GET', `/jobs?${query}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
      seen.push(...page.jobs.map((job) => job.id));
      cursor = page.next_cursor;
      if (seen.length > 50) throw new Error('the pages have no end');
    }
    return seen;
  }

  it('shows every job once, newest first, whatever the size of the page', async () => {
    for (const limit of [1, 3, 8, 100]) expect(await all(`limit=${limit}`)).toEqual(ids.toReversed());
  });

  it('narrows by status, type and error code', async () => {
    expect(await all('limit=2&status=failed')).toEqual(ids.slice(-1));
    expect(await all('limit=2&type=embed_text')).toEqual(ids.slice(0, -1).toReversed());
    expect(await all('limit=2&status=completed&type=mock_process')).toEqual([]);
    expect(await all('error_code=error')).toEqual(ids.slice(-1));
  });

  it('I10: a cursor that was changed, or is of another list or organisation, is refused', async () => {
    const { next_cursor } = await client.ok<Page>('GET', '/jobs?limit=2');
    const cursor = next_cursor as string;
    const refusals = [`/jobs?limit=2&status=failed&cursor=${cursor}`];
    for (let at = 0; at < cursor.length; at += 3)
      refusals.push(`/jobs?limit=2&cursor=${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`);
    for (const path of refusals)
      expect([path, await client.call('GET', path)]).toEqual([
        path,
        expect.objectContaining({ status: 400, body: expect.objectContaining({ code: 'invalid_cursor' }) }),
      ]);
    expect((await system.client().call('GET', `/jobs?limit=2&cursor=${cursor}`)).status).toBe(400);
  });

  it('J11: comes with the place in the feed where it was read', async () => {
    const { headers } = await client.call('GET', '/jobs');
    const next = await client.embed('list', 'later', 'after the list');
    await client.done(next);
    const { events } = await feed(client, since(headers.get('x-cairn-events-cursor') as string));
    expect(new Set(events.map((event) => event.job_id))).toEqual(new Set([next]));
    expect(events[0]?.seq).toBe(1);
  });
});

describe('the events of a job', () => {
  let client: ApiClient;
  let id: string;
  let all: SseEvent[];
  const url = () => `${system.baseUrl}/jobs/${id}/events`;
  beforeAll(async () => {
    client = system.client();
    id = await start(client);
    ({ events: all } = await readSse(url(), tokenOf(client)));
  });

  it('J1 J10: are numbered 1..n, rise to 100 and end once, as the job itself says', async () => {
    expect(all.map((event) => [event.id, event.data.seq])).toEqual(all.map((_, index) => [String(index + 1), index + 1]));
    const progress = all.map((event) => event.data.progress as number);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toBe(100);
    expect(all.filter((event) => ENDED.includes(event.data.status as string))).toHaveLength(1);
    const job = await client.job(id);
    expect(job.events).toEqual(all.map((event) => event.data));
    expect(job).toMatchObject({ status: all.at(-1)?.data.status, stage: all.at(-1)?.data.stage, progress: 100 });
  });

  it('J11: resume from every number, by header and by query, as stream and as WebSocket', async () => {
    for (let from = 0; from <= all.length; from++) {
      const rest = all.slice(from).map((event) => event.data);
      const byHeader = await readSse(url(), tokenOf(client), { headers: { 'last-event-id': String(from) } });
      expect([from, byHeader.ended, byHeader.events.map((event) => event.data)]).toEqual([from, true, rest]);
      const byQuery = await readSse(`${url()}?since=${from}`, tokenOf(client));
      expect(byQuery.events.map((event) => event.data)).toEqual(rest);
      const protocol = `access_token.${tokenOf(client)}`;
      const socket = await readSocket(`${system.baseUrl}/jobs/${id}/ws?since=${from}`, { protocols: [protocol] });
      expect([socket.messages, socket.code, socket.protocol]).toEqual([rest, 1000, protocol]);
    }
  });

  it('J11: a WebSocket takes its token from the header, a subprotocol or, a token only, the query', async () => {
    const token = tokenOf(client);
    const readings = [
      readSocket(`${system.baseUrl}/jobs/${id}/ws`, { headers: { authorization: `Bearer ${token}` } }),
      readSocket(`${system.baseUrl}/jobs/${id}/ws`, { protocols: ['other', `access_token.${token}`] }),
      readSocket(`${system.baseUrl}/jobs/${id}/ws?token=${token}`),
    ];
    for (const { messages } of await Promise.all(readings)) expect(messages).toHaveLength(all.length);
  });

  it('J6: a retry goes on with the numbers, and has one end per series', async () => {
    const failing = await start(client, { type: 'mock_process', fail_at_stage: 'analyzing' });
    const first = await readSse(`${system.baseUrl}/jobs/${failing}/events`, tokenOf(client));
    await client.ok('POST', `/jobs/${failing}/retry`);
    const second = await readSse(`${system.baseUrl}/jobs/${failing}/events?since=${first.events.length}`, tokenOf(client));
    const seqs = [...first.events, ...second.events].map((event) => event.data.seq);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    for (const { events } of [first, second]) expect(events.filter((event) => ENDED.includes(event.data.status as string))).toHaveLength(1);
    expect((await client.job(failing)).attempts.map((attempt) => attempt.n)).toEqual([6, 5, 4, 3, 2, 1]);
  });

  it('J11: events that are no longer kept are 410 with what became of the job', async () => {
    const old = await start(client);
    await client.done(old);
    const events = `${system.baseUrl}/jobs/${old}/events`;
    const { events: told } = await readSse(events, tokenOf(client));
    await system.database.sql('DELETE FROM job_events WHERE job_id = $1', [old]);
    const { status, body } = await client.call('GET', `/jobs/${old}/events`);
    expect([status, body]).toEqual([
      410,
      expect.objectContaining({ code: 'cursor_pruned', current: expect.objectContaining({ id: old, status: 'completed' }) }),
    ]);
    await expect(readSocket(events.replace('/events', '/ws'), { protocols: [`access_token.${tokenOf(client)}`] })).rejects.toMatchObject({ status: 410 });
    expect((await readSse(`${events}?since=${told.length}`, tokenOf(client))).events).toEqual([]);
  });

  it('J11: a bad number or cursor is refused before the stream or the upgrade', async () => {
    for (const [path, status] of [
      [`/jobs/${id}/events?since=-1`, 422],
      [`/jobs/${id}/events?since=x`, 422],
      ['/events?since=x', 400],
    ] as const)
      await expect(readSse(system.baseUrl + path, tokenOf(client))).rejects.toMatchObject({ status });
    await expect(readSse(url(), tokenOf(client), { headers: { 'last-event-id': 'x' } })).rejects.toBeInstanceOf(SseRefused);
    for (const [path, status] of [
      [`/jobs/${id}/ws?since=x`, 400],
      [`/jobs/${randomUUID()}/ws`, 404],
      ['/jobs/1/ws', 404],
      ['/events/ws?since=x', 400],
      ['/nowhere/ws', 404],
      ['//', 404],
    ] as const)
      await expect([path, await readSocket(system.baseUrl + path, { protocols: [`access_token.${tokenOf(client)}`] }).catch((error) => error.status)]).toEqual([
        path,
        status,
      ]);
  });

  it('P1: a page of another origin opens no WebSocket', async () => {
    const open = (origin: string) => readSocket(`${system.baseUrl}/jobs/${id}/ws`, { headers: { origin, authorization: `Bearer ${tokenOf(client)}` } });
    for (const origin of ['https://evil.example.org', 'null', `${system.baseUrl}.evil.example.org`, 'http://localhost:1'])
      expect([origin, await open(origin).catch((error) => error)]).toEqual([origin, expect.any(SocketRefused)]);
    expect((await open(system.baseUrl)).messages).toHaveLength(all.length);
  });
});

describe('the feed of an organisation', () => {
  it('J11: tells every event once, each naming the one before it, and resumes from every cursor', async () => {
    const client = system.client();
    const { cursor } = await feed(client);
    const ids = [await start(client), await client.embed('f', 's', 'a text'), await client.embed('f', 't', 'another')];
    const done = (events: SseEvent[]) => events.filter((event) => ENDED.includes(event.data.status as string)).length === ids.length;
    const { events } = await readSse(`${system.baseUrl}/events${since(cursor)}`, tokenOf(client), { stop: done });
    expect(new Set(events.map((event) => event.data.job_id))).toEqual(new Set(ids));
    for (const id of ids) expect(events.filter((event) => event.data.job_id === id).map((event) => event.data)).toMatchObject((await client.job(id)).events);
    expect(events.map((event) => event.data.prev)).toEqual([cursor, ...events.slice(0, -1).map((event) => event.id)]);
    for (let from = 0; from < events.length; from++) {
      const page = await feed(client, since(events[from]?.id as string));
      expect(page.events.map((event) => event.id)).toEqual(events.slice(from + 1).map((event) => event.id));
      expect(page.cursor).toBe(events.at(-1)?.id);
    }
    const messages = await readSocket(`${system.baseUrl}/events/ws${since(cursor)}`, {
      protocols: [`access_token.${tokenOf(client)}`],
      stop: (seen) => seen.length === events.length,
    });
    expect(messages.messages).toEqual(events.map((event) => ({ id: event.id, ...event.data })));
    const one = await feed(client, `${since(cursor)}&job_id=${ids[1]}`);
    expect(one.events.map((event) => event.seq)).toEqual((await client.job(ids[1] as string)).events.map((event) => event.seq));
  });

  it('J11: a long poll answers with the first event, and without one when its time is over', async () => {
    const client = system.client();
    const { cursor } = await feed(client);
    const waitedFrom = Date.now();
    expect(await feed(client, `${since(cursor)}&wait=1`)).toEqual({ events: [], cursor });
    expect(Date.now() - waitedFrom).toBeGreaterThanOrEqual(950);
    const poll = feed(client, `${since(cursor)}&wait=20`);
    const polledFrom = Date.now();
    await start(client);
    expect((await poll).events.length).toBeGreaterThan(0);
    expect(Date.now() - polledFrom).toBeLessThan(10_000);
  });

  it('J11: a silent stream tells its head every ten seconds, so that a reader knows that it is not cut off', async () => {
    const client = system.client();
    const { events } = await readSse(`${system.baseUrl}/events`, tokenOf(client), { stop: (seen) => seen.length > 0 });
    expect(events[0]).toEqual({ name: 'head', data: { cursor: expect.any(String) } });
    expect(await feed(client, since(events[0]?.data.cursor as string))).toMatchObject({ events: [] });
  });

  it('O10: a cursor of another database is 410 and offers one to go on from', async () => {
    const client = system.client();
    const { cursor } = await feed(client);
    const scope = scopeOfPrincipal({ orgId: client.person.org as OrgId, actor: 'user:1' });
    const stale = cursors.format(scope, { ...cursors.parse(scope, cursor), epoch: '1234567890.7' });
    const { status, body } = await client.call('GET', `/events${since(stale)}`, undefined, JSON_FEED);
    expect([status, body.code]).toEqual([410, 'cursor_pruned']);
    const offered = (body.current as { cursor: string }).cursor;
    expect(await feed(client, since(offered))).toMatchObject({ events: [] });
    await expect(readSse(`${system.baseUrl}/events${since(stale)}`, tokenOf(client))).rejects.toMatchObject({ status: 410 });
    await expect(readSocket(`${system.baseUrl}/events/ws${since(stale)}`, { protocols: [`access_token.${tokenOf(client)}`] })).rejects.toMatchObject({
      status: 410,
    });
  });

  it('F12: a client that does not read costs bounded memory, and others get their events meanwhile', async () => {
    const client = system.client();
    const { cursor } = await feed(client);
    await system.database.sql(
      `WITH job AS (INSERT INTO jobs (org_id, id, type, lane, job_key, payload, max_attempts, deadline_at, created_by, event_xid, event_seq, state)
         VALUES ($1, gen_random_uuid(), 'mock_process', 'bulk', 'k', '{}', 1, now() + interval '1 hour', 'x', pg_current_xact_id()::text::bigint, 12000, 'succeeded') RETURNING id, event_xid)
       INSERT INTO job_events (org_id, job_id, seq, feed_xid, state, stage, progress, message) SELECT $1, id, n, event_xid, 'running', 'x', 1, repeat('m', 2000) FROM job, generate_series(1, 12000) n`,
      [client.person.org],
    ); // 24 MB for whoever reads all of it
    await feed(client, `${since(cursor)}&wait=1`);
    const { pid } = system.service('api');
    const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
    const openFiles = () => readdirSync(`/proc/${pid}/fd`).length;
    const [memory, files] = [rss(), openFiles()];
    const lazy = Array.from({ length: 12 }, () => connect(Number(new URL(system.baseUrl).port), '127.0.0.1').pause());
    try {
      for (const socket of lazy) {
        await once(socket, 'connect');
        socket.write(`GET /events${since(cursor)} HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\nauthorization: Bearer ${tokenOf(client)}\r\n\r\n`);
      }
      const sleepy = new WebSocket(`${system.baseUrl.replace('http', 'ws')}/events/ws${since(cursor)}`, [`access_token.${tokenOf(client)}`]);
      await once(sleepy, 'open');
      sleepy.pause();
      const eager = await readSse(`${system.baseUrl}/events${since(cursor)}`, tokenOf(client), {
        stop: (events) => events.at(-1)?.data.seq === 12_000,
        withinMs: 60_000,
      });
      expect(ordinary(eager.events).map((event) => event.data.seq)).toEqual(Array.from({ length: 12_000 }, (_, index) => index + 1));
      expect(rss() - memory).toBeLessThan(150); // what thirteen readers do not take would be 300 MB
      await until('those who do not read to be dropped', async () => openFiles() <= files + 2, 40_000);
      sleepy.terminate();
    } finally {
      for (const socket of lazy) socket.destroy();
    }
    expect(readFileSync(system.service('api').options.logFile, 'utf8')).not.toContain('MaxListenersExceededWarning');
  });
});

describe('cancelling', () => {
  it('J7: a job that waits or runs is cancelled at once and writes nothing more', async () => {
    const client = system.client();
    const segments = Array.from({ length: 400 }, (_, index) => ({
      segment_id: `s${index}`,
      text: `${index} is to be cancelled before it is written `.repeat(8),
    }));
    for (const when of ['pending', 'processing']) {
      const { job_id } = await client.ok<{ job_id: string }>('POST', '/vectors/embed/batch', { asset_id: when, segments });
      if (when === 'processing') await until('the job to run', async () => (await client.job(job_id)).status === 'processing');
      expect(await client.ok('DELETE', `/jobs/${job_id}`)).toEqual({ job_id, status: 'canceled' });
      const job = await client.job(job_id);
      expect([job.status, job.raw_status]).toEqual(['canceled', 'cancelled']);
      expect(await client.call('DELETE', `/jobs/${job_id}`)).toMatchObject({ status: 409, body: { code: 'job_ended' } });
      await client.done(await client.embed('marker', when, 'runs after it'));
      expect((await client.job(job_id)).events).toEqual(job.events);
      expect((await client.search('to be cancelled', { asset_id: when })).results).toEqual([]);
    }
  });
});
