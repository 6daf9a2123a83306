import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type ApiClient, devToken, newPerson } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { readSocket, SocketRefused } from './read-socket.js';
import { readSse } from './read-sse.js';

jest.setTimeout(60_000);

const FEED = { accept: 'application/json' };
/** More than are looked at at a time. */
const MANY = 600;

interface Event extends Record<string, unknown> {
  id: string;
  prev: string;
  job_id: string;
}

interface Private {
  collection: string;
  job: string;
  operation: string;
}

let system: TestSystem;
let owner: ApiClient;
let colleague: ApiClient;
let colleagueNumber: string;

// No worker: what is accepted waits, and can be cancelled and retried.
beforeAll(async () => {
  system = await TestSystem.start({ services: ['api', 'dispatcher'] });
  const { org } = newPerson();
  [owner, colleague] = [system.client({ org, sub: randomUUID() }), system.client({ org, sub: randomUUID() })];
  for (const person of [owner, colleague]) await person.ok('GET', '/api/v2/collections');
  const [row] = await system.database.sql<{ id: string }>('SELECT id FROM users WHERE org_id = $1 AND subject = $2', [org, colleague.person.sub]);
  colleagueNumber = row?.id as string;
}, 120_000);
afterAll(() => system?.stop());

async function makePrivate(documents = 1): Promise<Private> {
  const { id: collection } = await owner.ok<{ id: string }>('POST', '/api/v2/collections', { name: randomUUID() });
  const texts = Array.from({ length: documents }, (_, at) => ({ external_id: `d${at}`, text: `A secret text, number ${at}.` }));
  const sent = await owner.ok<{ operation_id: string; documents: { id: string }[] }>('POST', `/api/v2/collections/${collection}/documents`, {
    documents: texts,
  });
  const { job_id: job } = await owner.ok<{ job_id: string }>('GET', `/api/v2/documents/${sent.documents[0]?.id}`);
  return { collection, job, operation: sent.operation_id };
}

const share = (collection: string, role: string) => owner.ok('PUT', `/api/v2/collections/${collection}/shares/${colleagueNumber}`, { role });
const unshare = (collection: string) => owner.call('DELETE', `/api/v2/collections/${collection}/shares/${colleagueNumber}`);
const cursorOf = async (client: ApiClient) => (await client.ok<{ cursor: string }>('GET', '/events', undefined, FEED)).cursor;
const feedOf = (client: ApiClient, since: string, wait = 0) =>
  client.ok<{ events: Event[]; cursor: string }>('GET', `/events?since=${since}&wait=${wait}`, undefined, FEED);
const ownJob = async (client: ApiClient) =>
  (await client.ok<{ job_id: string }>('POST', '/jobs', { type: 'mock_process', fail_at_stage: 'extracting' })).job_id;
const token = (client: ApiClient) => devToken(client.person);
const sse = (client: ApiClient, path: string, reading: Parameters<typeof readSse>[2] = {}) => readSse(system.baseUrl + path, token(client), reading);
const socket = (client: ApiClient, path: string, reading: Parameters<typeof readSocket>[1] = {}) =>
  readSocket(system.baseUrl + path, { ...reading, protocols: [`access_token.${token(client)}`] });

/** The ids of all jobs that are listed, page by page. */
async function allListed(client: ApiClient): Promise<string[]> {
  const all: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { jobs: { id: string }[]; next_cursor: string | null } = await client.ok('GET', `/jobs?limit=2${cursor && `&cursor=${cursor}`}`);
    all.push(...page.jobs.map(({ id }) => id));
    cursor = page.next_cursor;
  }
  return all;
}

describe('jobs of a private collection', () => {
  it('T13: a colleague is answered as for a job that is not there, whatever he asks', async () => {
    const { job } = await makePrivate();
    const answers = async (client: ApiClient, id: string) => {
      const replies = [
        await client.call('GET', `/jobs/${id}`),
        await client.call('DELETE', `/jobs/${id}`),
        await client.call('POST', `/jobs/${id}/retry`),
        await client.call('GET', `/jobs/${id}/events`),
      ];
      return replies.map(({ status, body: { reference: _own, instance: _place, ...body } }) => [status, JSON.stringify(body).replaceAll(id, '<id>')]);
    };
    const foreign = await answers(colleague, job);
    expect(foreign.map(([status]) => status)).toEqual([404, 404, 404, 404]);
    expect(foreign).toEqual(await answers(colleague, randomUUID()));
    await expect(sse(colleague, `/jobs/${job}/events`)).rejects.toMatchObject({ status: 404 });
    await expect(socket(colleague, `/jobs/${job}/ws`)).rejects.toBeInstanceOf(SocketRefused);
    expect((await owner.call('GET', `/jobs/${job}`)).status).toBe(200);
  });

  it('T13: lists and counts of a colleague are as if there were no such jobs', async () => {
    const mine = [await ownJob(colleague)];
    const { job } = await makePrivate(3);
    const listed = async (client: ApiClient) => (await client.ok<{ jobs: { id: string }[] }>('GET', '/jobs?limit=2')).jobs.map(({ id }) => id);
    expect(await listed(colleague)).toContain(mine[0]);
    const all = await allListed(colleague);
    expect(all).not.toContain(job);
    expect(new Set(all).size).toBe(all.length);
    const { jobs } = await owner.ok<{ jobs: { id: string }[] }>('GET', '/jobs?limit=100');
    expect(jobs.map(({ id }) => id)).toContain(job);
    await colleague.ok('DELETE', `/jobs/${mine[0]}`);
  });

  it('T13: lists of a colleague have those of each collection that he reads among his own, newest first', async () => {
    const first = await makePrivate(3);
    const mine = await ownJob(colleague);
    const second = await makePrivate(3);
    const other = await makePrivate(2);
    for (const { collection } of [first, second]) await share(collection, 'read');
    const expected = await system.database.sql<{ id: string }>(
      `SELECT j.id FROM jobs j JOIN jobs o ON o.org_id = j.org_id AND o.id = $1 WHERE j.collection_id IS NULL OR j.collection_id = ANY ($2) ORDER BY j.id DESC`,
      [other.job, [first.collection, second.collection]],
    );
    expect(await allListed(colleague)).toEqual(expected.map(({ id }) => id));
    expect(expected.map(({ id }) => id)).toEqual(expect.arrayContaining([mine, first.job, second.job]));
    for (const { collection } of [first, second]) await unshare(collection);
    await colleague.ok('DELETE', `/jobs/${mine}`);
  });

  it('T13: one that a service of before adds, which does not say its collection, is of that collection too', async () => {
    const { collection, operation, job } = await makePrivate();
    const dispatcher = await system.database.as('dispatch');
    const add = (whose: string) =>
      dispatcher.single<{ collection_id: string }>(
        `INSERT INTO jobs (org_id, id, type, lane, job_key, payload, max_attempts, deadline_at, created_by, dedupe_live, event_xid, operation_id)
         SELECT o.org_id, gen_random_uuid(), 'finish_reindex', 'interactive', gen_random_uuid()::text, '{}', 1, clock_timestamp() + interval '1 day', o.created_by, false, 0, o.id
         FROM operations o WHERE o.id = $1 RETURNING collection_id`,
        [whose],
      );
    expect(await add(operation)).toEqual([{ collection_id: collection }]);
    const [ofDocument] = await system.database.sql<{ collection_id: string }>(
      `INSERT INTO jobs (org_id, id, type, lane, job_key, payload, max_attempts, deadline_at, created_by, dedupe_live, event_xid, document_id)
       SELECT org_id, gen_random_uuid(), type, lane, gen_random_uuid()::text, payload, max_attempts, deadline_at, created_by, false, event_xid, document_id FROM jobs WHERE id = $1
       RETURNING collection_id`,
      [job],
    );
    expect(ofDocument).toEqual({ collection_id: collection });
  });

  it('T13: with a share a colleague reads, and cancels only with the role write', async () => {
    const { collection, job } = await makePrivate();
    await share(collection, 'read');
    expect((await colleague.call('GET', `/jobs/${job}`)).status).toBe(200);
    expect((await colleague.call('DELETE', `/jobs/${job}`)).status).toBe(403);
    await share(collection, 'write');
    expect((await colleague.call('DELETE', `/jobs/${job}`)).status).toBe(200);
    expect((await colleague.call('POST', `/jobs/${job}/retry`)).status).toBe(202);
    await unshare(collection);
    expect((await colleague.call('GET', `/jobs/${job}`)).status).toBe(404);
  });

  it('T13: a key of the whole organisation still sees them', async () => {
    const { job } = await makePrivate();
    const { id, key } = await owner.ok<{ id: string; key: string }>('POST', '/api-keys', { name: 'operator', scopes: ['read'] });
    await system.database.sql(`UPDATE api_keys SET created_by = 'operator' WHERE id = $1`, [id]);
    const reply = await fetch(`${system.baseUrl}/jobs/${job}`, { headers: { authorization: `Bearer ${key}` } });
    expect(reply.status).toBe(200);
  });
});

describe('the feed of a colleague', () => {
  it('T13: has no event of a private collection, and what is left out is no gap', async () => {
    const start = await cursorOf(colleague);
    const jobs = [await ownJob(colleague)];
    const { job } = await makePrivate(2);
    await owner.ok('DELETE', `/jobs/${job}`);
    await colleague.ok('DELETE', `/jobs/${jobs[0]}`);
    await colleague.ok('POST', `/jobs/${jobs[0]}/retry`);
    const { events } = await sse(colleague, `/events?since=${start}`, { stop: (seen) => seen.length >= 3 });
    expect(events.map(({ data }) => data.job_id)).toEqual([jobs[0], jobs[0], jobs[0]]);
    expect(events.map(({ data }) => data.prev)).toEqual([start, events[0]?.id, events[1]?.id]);
    const { events: all } = await feedOf(owner, start);
    expect(all.map((event) => event.job_id)).toContain(job);
    expect(all.map(({ prev }) => prev)).toEqual([start, ...all.slice(0, -1).map(({ id }) => id)]);
    await colleague.ok('DELETE', `/jobs/${jobs[0]}`);
  });

  it('T13: finds his own event behind more hidden ones than are looked at at a time, and an empty answer keeps its cursor', async () => {
    const start = await cursorOf(colleague);
    const { operation } = await makePrivate(MANY);
    expect(await feedOf(colleague, start)).toEqual({ events: [], cursor: start });
    const job = await ownJob(colleague);
    const { events } = await feedOf(colleague, start, 10);
    expect(events.map(({ job_id, prev }) => [job_id, prev])).toEqual([[job, start]]);
    await colleague.ok('DELETE', `/jobs/${job}`);
    await owner.ok('DELETE', `/api/v2/operations/${operation}`);
  });

  it('T13: shows a shared collection, and no more of it once the share is taken back, also on an open stream', async () => {
    const { collection, job } = await makePrivate();
    await share(collection, 'read');
    const start = await cursorOf(colleague);
    const own = await ownJob(colleague);
    const open = { events: 0 };
    const reading = socket(colleague, `/events/ws?since=${start}`, {
      stop: (messages) => {
        open.events = messages.length;
        return messages.filter(({ job_id }) => job_id === own).length === 2;
      },
    });
    await owner.ok('DELETE', `/jobs/${job}`);
    await until('the event of the shared collection', async () => open.events === 2);
    await unshare(collection);
    await owner.ok('POST', `/jobs/${job}/retry`);
    await colleague.ok('DELETE', `/jobs/${own}`);
    const { messages } = await reading;
    expect(messages.map(({ job_id, status }) => [job_id, status])).toEqual([
      [own, 'pending'],
      [job, 'canceled'],
      [own, 'canceled'],
    ]);
    expect(messages.map(({ prev }) => prev)).toEqual([start, messages[0]?.id, messages[1]?.id]);
  });

  it('T13: who hears of all operations hears of those of a collection while it is shared with him', async () => {
    const [shared, kept] = [await makePrivate(), await makePrivate()];
    const { id: own } = await colleague.ok<{ id: string }>('POST', '/api/v2/collections', { name: randomUUID() });
    await share(shared.collection, 'read');
    let heard: (string | undefined)[] = [];
    const add = (client: ApiClient, collection: string) =>
      client.ok('POST', `/api/v2/collections/${collection}/documents`, { documents: [{ text: randomUUID() }] });
    const reading = socket(colleague, '/api/v2/operations/ws', {
      stop: (messages) => {
        heard = messages.map(({ collection_id }) => collection_id as string | undefined);
        return heard.includes(own);
      },
    });
    await until('the first message', async () => heard.length > 0);
    await add(owner, kept.collection);
    await add(owner, shared.collection);
    await until('the operation on the shared collection', async () => heard.includes(shared.collection));
    await unshare(shared.collection);
    await add(owner, shared.collection);
    await add(colleague, own);
    const { messages } = await reading;
    const [state, ...events] = messages as { data: { operations: { collection_id: string }[] }; collection_id: string }[];
    const first = state?.data.operations.map(({ collection_id }) => collection_id);
    expect([first?.includes(shared.collection), first?.includes(kept.collection)]).toEqual([true, false]);
    expect(events.map(({ collection_id }) => collection_id)).toEqual([shared.collection, own]);
  });

  it('T13: a stream of a job or an operation ends when the share is taken back', async () => {
    const { collection, job, operation } = await makePrivate();
    await share(collection, 'read');
    const begun = new Set<string>();
    const streams = [`/jobs/${job}/events`, `/api/v2/operations/${operation}/events`].map((path) =>
      sse(colleague, path, { stop: (seen) => seen.length > 0 && begun.add(path) && false }),
    );
    await until('both streams to have told something', async () => begun.size === 2);
    await unshare(collection);
    for (const { ended, events } of await Promise.all(streams)) {
      expect(ended).toBe(true);
      expect(events).toHaveLength(1);
    }
    expect((await owner.ok<{ status: string }>('GET', `/jobs/${job}`)).status).toBe('pending');
  });
});
