import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { blackPng } from '../../../ingest/src/fixtures/images.js';
import { installTinyClip } from '../../../models/src/fixtures/install-tiny-clip.js';
import { type ApiClient, devToken, newPerson, type Reply } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { describedRoutes } from './openapi-routes.js';
import { readSocket, SocketRefused } from './read-socket.js';
import { readSse, SseRefused } from './read-sse.js';
import { StoredPoints } from './stored-points.js';

/** Things of one organisation, to be reached for by another. */
interface Belongings {
  job: string;
  failed: string;
  point: string;
  apiKey: string;
  parked: string;
}

jest.setTimeout(60_000);

let system: TestSystem;
let owner: ApiClient;
let stranger: ApiClient;
let things: Belongings;
/** Where the feeds of the two stood before anything was written. */
let feedOf: { owner: string; stranger: string };
const models = mkdtempSync(join(tmpdir(), 'cairn-tenancy-'));
const FEED = { accept: 'application/json' };
const ASSET = 'shared-asset';
const TEXT = 'the combination of the safe is written under the third drawer';
/** Of the form of an id, and of nobody. */
const NOTHING: Belongings = { job: randomUUID(), failed: randomUUID(), point: randomUUID(), apiKey: randomUUID(), parked: randomUUID() };

beforeAll(async () => {
  await installTinyClip(models, 'tiny-clip');
  system = await TestSystem.start({ env: { MODELS_DIR: models } });
  [owner, stranger] = [system.client(), system.client()];
  feedOf = { owner: await cursorOf(owner), stranger: await cursorOf(stranger) };
  things = await populate(owner);
  await stranger.done(await stranger.embed(ASSET, 'mine', 'a harmless remark about the weather'));
}, 120_000);
afterAll(async () => {
  await system?.stop();
  rmSync(models, { recursive: true, force: true });
});

const cursorOf = async (client: ApiClient) => (await client.ok<{ cursor: string }>('GET', '/events', undefined, FEED)).cursor;

async function populate(client: ApiClient): Promise<Belongings> {
  const job = await client.embed(ASSET, 'secret', TEXT);
  const { result } = await client.done(job);
  const { job_id: failed } = await client.ok<{ job_id: string }>('POST', '/jobs', { type: 'mock_process', fail_at_stage: 'extracting' });
  await client.ended(failed);
  const { id: apiKey } = await client.ok<{ id: string }>('POST', '/api-keys', { name: 'of the owner', scopes: ['read'] });
  const parked = randomUUID();
  await system.database.sql(
    `INSERT INTO outbox (org_id, id, job_id, job_type, lane, parked_at, refusals, last_error) VALUES ($1, $2, gen_random_uuid(), 'mock_process', 'bulk', now(), 5, 'too large')`,
    [client.person.org, parked],
  );
  return { job, failed, point: result?.point_id as string, apiKey, parked };
}

/** What a caller learns from an answer: everything but ids and times of the answer itself. */
function learned({ status, body }: Reply): unknown {
  const text = JSON.stringify(body ?? null).replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>');
  return { status, body: text };
}

/** Asks for things of somebody. */
type Reach = (client: ApiClient, things: Belongings) => Promise<Reply>;
const call =
  (method: string, path: (things: Belongings) => string, body?: (things: Belongings) => object): Reach =>
  (client, of) =>
    client.call(method, path(of), body?.(of));

async function refusalOf(reading: Promise<unknown>): Promise<Reply> {
  const error = await reading.then(
    () => new Error('it was answered'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SseRefused || error instanceof SocketRefused)) throw error;
  return { status: error.status, headers: new Headers(), body: JSON.parse(error.body) };
}

/** A foreign id must be answered exactly as one of nobody. */
const SAME_AS_ABSENT: Record<string, Reach> = {
  'GET /jobs/{id}': call('GET', ({ job }) => `/jobs/${job}`),
  'DELETE /jobs/{id}': call('DELETE', ({ job }) => `/jobs/${job}`),
  'POST /jobs/{id}/retry': call('POST', ({ failed }) => `/jobs/${failed}/retry`),
  'GET /jobs/{id}/events': (client, { job }) => refusalOf(readSse(`${client.baseUrl}/jobs/${job}/events`, tokenOf(client))),
  'GET /jobs/{id}/ws': (client, { job }) => refusalOf(readSocket(`${client.baseUrl}/jobs/${job}/ws`, { protocols: [`access_token.${tokenOf(client)}`] })),
  'GET /vectors/{point_id}': call('GET', ({ point }) => `/vectors/${point}?vector=true`),
  'DELETE /vectors/{point_id}': call('DELETE', ({ point }) => `/vectors/${point}`),
  'DELETE /api-keys/{id}': call('DELETE', ({ apiKey }) => `/api-keys/${apiKey}`),
  'POST /outbox/redrive': call(
    'POST',
    () => '/outbox/redrive',
    ({ parked }) => ({ ids: [parked] }),
  ),
  'GET /events': (client, { job }) => client.call('GET', `/events?job_id=${job}&since=${feedOf.stranger}`, undefined, FEED),
};

/** Routes without an id of ours in them: what a stranger gets must be the stranger's own. */
const OWN_ONLY: Record<string, () => Promise<void>> = {
  'GET /jobs': async () => {
    const { jobs } = await stranger.ok<{ jobs: { id: string }[] }>('GET', '/jobs?limit=100');
    expect(jobs.map((job) => job.id)).not.toEqual(expect.arrayContaining([things.job]));
    expect(jobs.length).toBeGreaterThan(0);
  },
  'POST /jobs': async () => {
    const body = { type: 'mock_process' };
    const [mine, theirs] = [await stranger.ok<{ job_id: string }>('POST', '/jobs', body), await owner.ok<{ job_id: string }>('POST', '/jobs', body)];
    expect(mine.job_id).not.toBe(theirs.job_id);
  },
  'GET /api-keys': async () => {
    expect(await stranger.ok('GET', '/api-keys')).toEqual({ api_keys: [] });
  },
  'POST /api-keys': async () => {
    const { key } = await stranger.ok<{ key: string }>('POST', '/api-keys', { name: 'x', scopes: ['admin'] });
    const reply = await fetch(`${system.baseUrl}/jobs/${things.job}`, { headers: { authorization: `Bearer ${key}` } });
    expect(reply.status).toBe(404);
  },
  'GET /outbox/parked': async () => {
    expect(await stranger.ok('GET', '/outbox/parked')).toEqual({ parked: [] });
    expect((await owner.ok<{ parked: unknown[] }>('GET', '/outbox/parked')).parked).toHaveLength(1);
  },
  'POST /vectors/mock': () => writesItsOwn('/vectors/mock', {}),
  'POST /vectors/embed': () => writesItsOwn('/vectors/embed', { text: 'overwritten by a stranger' }),
  'POST /vectors/embed/image': () => writesItsOwn('/vectors/embed/image', { image: blackPng(8, 8).toString('base64'), model: 'tiny-clip' }),
  'POST /vectors/embed/batch': async () => {
    const segments = [{ segment_id: 'secret', text: 'overwritten by a stranger' }];
    const { job_id } = await stranger.ok<{ job_id: string }>('POST', '/vectors/embed/batch', { asset_id: ASSET, segments });
    expect((await stranger.done(job_id)).result).toMatchObject({ org_id: stranger.person.org });
    await stillThere();
  },
  'POST /v1/embeddings': async () => {
    const [ours, theirs] = await Promise.all([owner, stranger].map((client) => client.ok<{ data: object[] }>('POST', '/v1/embeddings', { input: TEXT })));
    expect(theirs?.data).toEqual(ours?.data); // a function of the text alone: it says nothing of who else has sent it
  },
  'POST /v1/rerank': async () => {
    const body = { query: TEXT, documents: ['one', 'two'] };
    expect(await stranger.ok('POST', '/v1/rerank', body)).toEqual(await owner.ok('POST', '/v1/rerank', body));
  },
  'GET /v1/models': async () => {
    expect(await stranger.ok('GET', '/v1/models')).toEqual(await owner.ok('GET', '/v1/models'));
  },
  'GET /v1/models/{id}': async () => {
    expect(await stranger.ok('GET', '/v1/models/default')).toEqual(await owner.ok('GET', '/v1/models/default'));
  },
  'POST /vectors/search': async () => {
    for (const filter of [{}, { asset_id: ASSET }, { asset_id: ASSET, segment_id: 'secret' }]) {
      for (const { payload } of (await stranger.search(TEXT, filter, 100)).results) expect(payload.org_id).toBe(stranger.person.org);
    }
    expect((await owner.search(TEXT, {}, 1)).results[0]?.payload).toMatchObject({ org_id: owner.person.org, segment_id: 'secret' });
  },
  'DELETE /vectors/asset/{asset_id}': async () => {
    const lone = 'an-asset-only-the-owner-has';
    await owner.done(await owner.embed(lone, 's', 'to be kept'));
    expect(learned(await stranger.call('DELETE', `/vectors/asset/${lone}`))).toEqual(learned(await stranger.call('DELETE', '/vectors/asset/nothing')));
    expect((await owner.search('to be kept', { asset_id: lone })).results).toHaveLength(1);
  },
  'GET /events/ws': async () => {
    const reading = readSocket(`${system.baseUrl}/events/ws?since=${feedOf.stranger}`, {
      protocols: [`access_token.${tokenOf(stranger)}`],
      stop: (messages) => messages.some((message) => message.job_id === marker),
      onOpen: () => void begin(),
    });
    let marker = '';
    const begin = async () => {
      await owner.done(await owner.embed(ASSET, 'while-they-listen', 'something new of the owner'));
      marker = await stranger.embed(ASSET, 'marker', 'something new of the stranger');
      await stranger.done(marker);
    };
    const mine = await system.database.sql<{ id: string }>('SELECT id FROM jobs WHERE org_id = $1', [stranger.person.org]);
    const known = new Set(mine.map((job) => job.id));
    const { messages } = await reading;
    for (const message of messages.filter(({ job_id }) => job_id !== undefined)) expect([...known, marker]).toContain(message.job_id);
  },
};

/** Routes that show nothing of any organisation. */
const PUBLIC = ['GET /healthz', 'GET /readyz', 'GET /api/health/healthz', 'GET /api/health/readyz', 'GET /openapi.json', 'GET /metrics'];

function tokenOf(client: ApiClient): string {
  return devToken(client.person);
}

async function writesItsOwn(path: string, more: object): Promise<void> {
  const forged = { org_id: owner.person.org, payload: { org_id: owner.person.org }, app_metadata: { org_id: owner.person.org } };
  const { job_id } = await stranger.ok<{ job_id: string }>(
    'POST',
    path,
    { asset_id: ASSET, segment_id: 'secret', ...more, ...forged },
    { 'x-org-id': owner.person.org },
  );
  const { result } = await stranger.done(job_id);
  expect(result).toMatchObject({ org_id: stranger.person.org });
  expect(result?.point_id).not.toBe(things.point);
  await stillThere();
}

async function stillThere(): Promise<void> {
  expect((await owner.search(TEXT, { asset_id: ASSET, segment_id: 'secret' })).results[0]).toMatchObject({ point_id: things.point });
}

describe('another organisation', () => {
  it('T1: the matrix below knows every route that the api describes; a new one must be put into it', async () => {
    const described = (await describedRoutes(system.baseUrl)).map((route) => route.name).sort();
    expect([...Object.keys(SAME_AS_ABSENT), ...Object.keys(OWN_ONLY), ...PUBLIC].sort()).toEqual(described);
  });

  for (const [route, reach] of Object.entries(SAME_AS_ABSENT)) {
    it(`T1: ${route} answers a foreign id exactly as one of nobody`, async () => {
      const [foreign, absent] = [await reach(stranger, things), await reach(stranger, NOTHING)];
      expect(learned(foreign)).toEqual(learned(absent));
      expect(foreign.status).toBe(route === 'GET /events' || route === 'POST /outbox/redrive' ? 200 : 404);
    });
  }

  for (const [route, check] of Object.entries(OWN_ONLY)) {
    it(`T1: ${route} gives a stranger only what is the stranger's own`, check);
  }

  it("I10: a cursor of another organisation's feed is refused", async () => {
    expect(await stranger.call('GET', `/events?since=${feedOf.owner}`, undefined, FEED)).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
    await expect(readSse(`${system.baseUrl}/events?since=${feedOf.owner}`, tokenOf(stranger))).rejects.toMatchObject({ status: 400 });
    const reading = readSocket(`${system.baseUrl}/events/ws?since=${feedOf.owner}`, { protocols: [`access_token.${tokenOf(stranger)}`] });
    await expect(reading).rejects.toMatchObject({ status: 400 });
  });

  it('T1: a key of the other organisation reaches no further than a token of it', async () => {
    const { key } = await stranger.ok<{ key: string }>('POST', '/api-keys', { name: 'all rights', scopes: ['admin'] });
    for (const path of [`/jobs/${things.job}`, `/vectors/${things.point}`]) {
      expect((await fetch(system.baseUrl + path, { headers: { authorization: `Bearer ${key}` } })).status).toBe(404);
    }
  });

  it('T14: a filter that names another organisation never widens what is found', async () => {
    const filters = [
      { org_id: owner.person.org },
      { org_id: [owner.person.org, stranger.person.org] },
      { 'payload.org_id': owner.person.org },
      { should: [{ key: 'org_id', match: { value: owner.person.org } }] },
      { must_not: [{ key: 'org_id', match: { value: stranger.person.org } }] },
      { asset_id: { $ne: 'x' } },
      { $or: [{ org_id: owner.person.org }, { asset_id: ASSET }] },
      { asset_id: [ASSET, { org_id: owner.person.org }] },
    ];
    for (const filter of filters) {
      const { status, body } = await stranger.call<{ results?: { payload: { org_id: string } }[] }>('POST', '/vectors/search', { query: TEXT, filter });
      expect([filter, status >= 500]).toEqual([filter, false]);
      for (const hit of body.results ?? []) expect(hit.payload.org_id).toBe(stranger.person.org);
    }
  });

  it('T2: the same asset and segment are two points, each with its own organisation in id, row and payload', async () => {
    const rows = await system.database.sql<{ org_id: string; point_id: string }>(
      `SELECT org_id, point_id FROM vectors WHERE asset_id = $1 AND segment_id = 'secret' AND model = 'all-MiniLM-L6-v2' AND live_token IS NOT NULL`,
      [ASSET],
    );
    expect(rows.map((row) => row.org_id).sort()).toEqual([owner.person.org, stranger.person.org].sort());
    expect(new Set(rows.map((row) => row.point_id)).size).toBe(2);
    const orgOf = new Map(rows.map((row) => [row.point_id, row.org_id]));
    for (const { payload } of await new StoredPoints(system).all())
      if (orgOf.has(payload.point_id as string)) expect(payload.org_id).toBe(orgOf.get(payload.point_id as string));
  });

  it('T3: a token of a third organisation with the same subject is a stranger too', async () => {
    const twin = system.client({ ...newPerson(), sub: owner.person.sub });
    expect((await twin.call('GET', `/jobs/${things.job}`)).status).toBe(404);
    expect((await twin.search(TEXT)).results).toEqual([]);
  });

  it("T1: after all that, what is the owner's is as it was", async () => {
    expect(await owner.job(things.job)).toMatchObject({ status: 'completed' });
    expect(await owner.job(things.failed)).toMatchObject({ status: 'failed' });
    expect((await owner.call('GET', `/vectors/${things.point}`)).status).toBe(200);
    const { api_keys } = await owner.ok<{ api_keys: { id: string; revoked_at: string | null }[] }>('GET', '/api-keys');
    expect(api_keys.find((key) => key.id === things.apiKey)?.revoked_at).toBeNull();
    expect((await owner.ok<{ parked: { id: string }[] }>('GET', '/outbox/parked')).parked.map((row) => row.id)).toEqual([things.parked]);
  });
});
