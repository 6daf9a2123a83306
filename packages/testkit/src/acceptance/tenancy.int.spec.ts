import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { blackPng } from '../../../ingest/src/fixtures/images.js';
import { installTinyClip } from '../../../models/src/fixtures/install-tiny-clip.js';
import { ApiClient, devToken, newPerson, type Reply } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
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
  collection: string;
  document: string;
  operation: string;
  source: string;
  alias: string;
  family: string;
  template: string;
  judgments: string;
  evaluation: string;
  user: string;
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
const NOTHING: Belongings = {
  job: randomUUID(),
  failed: randomUUID(),
  point: randomUUID(),
  apiKey: randomUUID(),
  parked: randomUUID(),
  collection: randomUUID(),
  document: randomUUID(),
  operation: randomUUID(),
  source: randomUUID(),
  alias: 'of nobody',
  family: 'of nobody',
  template: 'of nobody',
  judgments: randomUUID(),
  evaluation: randomUUID(),
  user: '999999999999',
};
const V2 = '/api/v2';
const COLLECTION = 'what the owner keeps';
const JUDGMENTS = 'what the owner judged';
const ALIAS = 'what the owner calls it';
const FAMILY = 'what belongs together';
const TEMPLATE = 'what the owner makes';
const DOCUMENTS = { documents: [{ external_id: 'secret', text: TEXT }] };

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
  return { job, failed, point: result?.point_id as string, apiKey, parked, user: await addUser(client), ...(await populateCollection(client)) };
}

const newEmail = () => `${randomUUID()}@example.org`;
const PASSWORD = 'a long enough password';
const addUser = async (client: ApiClient): Promise<string> =>
  String((await client.ok<{ id: number }>('POST', `${V2}/users`, { email: newEmail(), role: 'member' })).id);

/** The folder is the same for everybody. */
const folder = () => join(system.sources, 'shared');

async function populateCollection(client: ApiClient): Promise<Omit<Belongings, 'job' | 'failed' | 'point' | 'apiKey' | 'parked' | 'user'>> {
  mkdirSync(folder());
  writeFileSync(join(folder(), 'note.txt'), 'the plan of the cellar');
  const { id: collection } = await client.ok<{ id: string }>('POST', `${V2}/collections`, { name: COLLECTION, is_public: true });
  const added = await client.ok<{ operation_id: string; documents: [{ id: string }] }>('POST', `${V2}/collections/${collection}/documents`, DOCUMENTS);
  const { id: scan } = await client.ok<{ id: string }>('POST', `${V2}/collections/${collection}/sources`, { source_type: 'directory', source_path: folder() });
  for (const operation of [added.operation_id, scan])
    await until('the operation to end', async () => (await client.ok<{ status: string }>('GET', `${V2}/operations/${operation}`)).status === 'completed');
  const { sources } = await client.ok<{ sources: [{ id: string }] }>('GET', `${V2}/collections/${collection}`);
  await client.ok('PATCH', `${V2}/collections/${collection}`, { description: 'changed once' });
  await client.ok('PUT', `${V2}/aliases/${encodeURIComponent(ALIAS)}`, { collection_id: collection });
  await client.ok('POST', `${V2}/families`, { name: FAMILY, collections: [collection], route: { field: 'model' } });
  await client.ok('POST', `${V2}/collection-templates`, { name: TEMPLATE, settings: { chunk_size: 321 } });
  const judgments = [{ query: TEXT, external_id: 'x', relevance: 1 }];
  const set = await client.ok<{ id: string }>('POST', `${V2}/judgment-sets`, { name: JUDGMENTS, judgments });
  const evaluation = await client.ok<{ id: string }>('POST', `${V2}/evaluations`, {
    judgment_set_id: set.id,
    collection_uuids: [collection],
    configurations: [{ name: 'words', search_mode: 'sparse' }],
  });
  return {
    collection,
    document: added.documents[0].id,
    operation: added.operation_id,
    source: sources[0].id,
    alias: ALIAS,
    family: FAMILY,
    template: TEMPLATE,
    judgments: set.id,
    evaluation: evaluation.id,
  };
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

type Row = [route: string, path: (things: Belongings) => string, body?: () => object];

/** Routes that two seeds have, with `/api/v2` before them and without. */
const TWICE: Row[] = [
  ['GET /collections/{id}', ({ collection }) => `/collections/${collection}`],
  ['PATCH /collections/{id}', ({ collection }) => `/collections/${collection}`, () => ({ name: 'taken over' })],
  ['PUT /collections/{id}', ({ collection }) => `/collections/${collection}`, () => ({ name: 'taken over' })],
  ['DELETE /collections/{id}', ({ collection }) => `/collections/${collection}`],
  ['POST /collections/{id}/documents', ({ collection }) => `/collections/${collection}/documents`, () => DOCUMENTS],
  ['GET /collections/{id}/documents', ({ collection }) => `/collections/${collection}/documents`],
  ['GET /collections/{id}/indexing-status', ({ collection }) => `/collections/${collection}/indexing-status`],
  ['GET /collections/{id}/operations', ({ collection }) => `/collections/${collection}/operations`],
  ['POST /collections/{id}/reindex', ({ collection }) => `/collections/${collection}/reindex`, () => ({ force: true })],
  ['POST /collections/{id}/sources', ({ collection }) => `/collections/${collection}/sources`, () => ({ source_type: 'directory', source_path: folder() })],
  ['DELETE /collections/{id}/sources', ({ collection }) => `/collections/${collection}/sources?source_path=${encodeURIComponent(folder())}`],
  ['DELETE /collections/{id}/sources/{source_id}', ({ collection, source }) => `/collections/${collection}/sources/${source}`],
  ['GET /documents/{id}', ({ document }) => `/documents/${document}`],
  ['PUT /documents/{id}', ({ document }) => `/documents/${document}`, () => ({ text: 'overwritten by a stranger' })],
  ['PATCH /documents/{id}', ({ document }) => `/documents/${document}`, () => ({ title: 'taken over' })],
  ['DELETE /documents/{id}', ({ document }) => `/documents/${document}`],
  ['GET /documents/{id}/chunks', ({ document }) => `/documents/${document}/chunks`],
  ['GET /documents/{id}/content', ({ document }) => `/documents/${document}/content`],
  ['GET /documents/{id}/ledger', ({ document }) => `/documents/${document}/ledger`],
  ['GET /analytics/summary', ({ collection }) => `/analytics/summary?collection_id=${collection}`],
  ['GET /analytics/queries', ({ collection }) => `/analytics/queries?collection_id=${collection}`],
  ['GET /analytics/usage/traffic', ({ collection }) => `/analytics/usage/traffic?collection_id=${collection}`],
  ['GET /analytics/usage/latency', ({ collection }) => `/analytics/usage/latency?collection_id=${collection}`],
];

const ONCE: Row[] = [
  ['POST /collections/{id}/index', ({ collection }) => `/collections/${collection}/index`, () => ({})],
  ['GET /collection-stats/{id}/indexing-status', ({ collection }) => `/collection-stats/${collection}/indexing-status`],
  ['GET /documents/indexing-status', ({ collection }) => `/documents/indexing-status?collection_id=${collection}`],
  ['GET /indexing/{id}', ({ operation }) => `/indexing/${operation}`],
  ['GET /api/v2/operations/{id}', ({ operation }) => `${V2}/operations/${operation}`],
  ['DELETE /api/v2/operations/{id}', ({ operation }) => `${V2}/operations/${operation}`],
];

/** Routes that no seed has. */
const OURS: Row[] = [
  ['GET /aliases/{alias}', ({ alias }) => `/aliases/${encodeURIComponent(alias)}`],
  ['GET /families/{name}', ({ family }) => `/families/${encodeURIComponent(family)}`],
  ['DELETE /families/{name}', ({ family }) => `/families/${encodeURIComponent(family)}`],
  ['GET /collection-templates/{name}', ({ template }) => `/collection-templates/${encodeURIComponent(template)}`],
  ['DELETE /collection-templates/{name}', ({ template }) => `/collection-templates/${encodeURIComponent(template)}`],
  ['GET /judgment-sets/{id}', ({ judgments }) => `/judgment-sets/${judgments}`],
  ['DELETE /judgment-sets/{id}', ({ judgments }) => `/judgment-sets/${judgments}`],
  ['GET /evaluations/{id}', ({ evaluation }) => `/evaluations/${evaluation}`],
  ['DELETE /aliases/{alias}', ({ alias }) => `/aliases/${encodeURIComponent(alias)}`],
  ['GET /collections/{id}/deletion', ({ collection }) => `/collections/${collection}/deletion`],
  ['GET /collections/{id}/health', ({ collection }) => `/collections/${collection}/health`],
  ['POST /collections/{id}/clone', ({ collection }) => `/collections/${collection}/clone`, () => ({ name: 'taken over' })],
  ['GET /collections/{id}/export', ({ collection }) => `/collections/${collection}/export`],
  ['GET /collections/{id}/versions', ({ collection }) => `/collections/${collection}/versions`],
  ['POST /collections/{id}/versions/{number}/restore', ({ collection }) => `/collections/${collection}/versions/1/restore`, () => ({})],
  ['GET /collections/{id}/drift', ({ collection }) => `/collections/${collection}/drift`],
  ['POST /collections/{id}/repair', ({ collection }) => `/collections/${collection}/repair`, () => ({ dry_run: false })],
  ['POST /collections/{id}/documents/delete', ({ collection }) => `/collections/${collection}/documents/delete`, () => ({ all: true })],
  ['POST /collections/{id}/rollback', ({ collection }) => `/collections/${collection}/rollback`, () => ({})],
  ['GET /collections/{id}/shares', ({ collection }) => `/collections/${collection}/shares`],
  ['PUT /collections/{id}/shares', ({ collection }) => `/collections/${collection}/shares`, () => ({ user: 'somebody', role: 'admin' })],
  ['PUT /collections/{id}/shares/{user_id}', ({ collection }) => `/collections/${collection}/shares/1`, () => ({ role: 'admin' })],
  ['DELETE /collections/{id}/shares/{user_id}', ({ collection }) => `/collections/${collection}/shares/1`],
  ['GET /collections/{id}/sources/{source_id}', ({ collection, source }) => `/collections/${collection}/sources/${source}`],
  ['PATCH /collections/{id}/sources/{source_id}', ({ collection, source }) => `/collections/${collection}/sources/${source}`, () => ({ paused: true })],
  ['GET /collections/{id}/sources/{source_id}/runs', ({ collection, source }) => `/collections/${collection}/sources/${source}/runs`],
  ['POST /collections/{id}/sources/{source_id}/sync', ({ collection, source }) => `/collections/${collection}/sources/${source}/sync`, () => ({})],
  ['GET /documents/{id}/deletion', ({ document }) => `/documents/${document}/deletion`],
  ['PATCH /users/{user_id}', ({ user }) => `/users/${user}`, () => ({ role: 'viewer' })],
  ['DELETE /users/{user_id}', ({ user }) => `/users/${user}`],
];

function reachesOf(rows: Row[], prefix = ''): Record<string, Reach> {
  return Object.fromEntries(
    rows.map(([route, path, body]) => {
      const [method, template] = route.split(' ') as [string, string];
      return [`${method} ${prefix}${template}`, call(method, (things) => prefix + path(things), body)];
    }),
  );
}

const operationSocket =
  (path: string): Reach =>
  (client, { operation }) =>
    refusalOf(readSocket(`${client.baseUrl}${path.replace('{id}', operation)}`, { protocols: [`access_token.${tokenOf(client)}`] }));

/** A foreign id must be answered exactly as one of nobody. */
const SAME_AS_ABSENT: Record<string, Reach> = {
  ...reachesOf(TWICE),
  ...reachesOf(TWICE, V2),
  ...reachesOf(ONCE),
  ...reachesOf(OURS, V2),
  'GET /api/v2/operations/{id}/events': (client, { operation }) => refusalOf(readSse(`${client.baseUrl}${V2}/operations/${operation}/events`, tokenOf(client))),
  'GET /api/v2/operations/{id}/ws': operationSocket('/api/v2/operations/{id}/ws'),
  'GET /ws/operations/{id}': operationSocket('/ws/operations/{id}'),
  'POST /api/v2/search': call(
    'POST',
    () => '/api/v2/search',
    ({ collection }) => ({ query: TEXT, collection_uuids: [collection] }),
  ),
  'POST /api/v2/search/single': call(
    'POST',
    () => '/api/v2/search/single',
    ({ collection }) => ({ query: TEXT, collection_id: collection }),
  ),
  'POST /api/v2/evaluations': call(
    'POST',
    () => `${V2}/evaluations`,
    ({ judgments }) => ({ judgment_set_id: judgments, configurations: [{ name: 'x' }] }),
  ),
  'POST /api/v2/search/batch': call(
    'POST',
    () => '/api/v2/search/batch',
    ({ collection }) => ({ searches: [{ query: TEXT, collection_uuids: [collection] }] }),
  ),
  'POST /api/v2/searches/why': call(
    'POST',
    () => '/api/v2/searches/why',
    ({ collection }) => ({ query: TEXT, collection_uuids: [collection], external_id: 'any' }),
  ),
  'POST /api/v2/sql': call(
    'POST',
    () => '/api/v2/sql',
    ({ collection }) => ({ query: `SELECT id FROM "${collection}"` }),
  ),
  'POST /api/v2/chunking/preview': call(
    'POST',
    () => `${V2}/chunking/preview`,
    ({ document }) => ({ document_id: document }),
  ),
  'POST /api/v2/chunking/compare': call(
    'POST',
    () => `${V2}/chunking/compare`,
    ({ document }) => ({ document_id: document, configurations: [{}] }),
  ),
  'POST /api/v2/chunking/recommend': call(
    'POST',
    () => `${V2}/chunking/recommend`,
    ({ document }) => ({ document_id: document }),
  ),
  'PUT /api/v2/aliases/{alias}': call(
    'PUT',
    () => `${V2}/aliases/mine`,
    ({ collection }) => ({ collection_id: collection }),
  ),
  'PUT /api/v2/families/{name}': async (client, { family }) => {
    const { id } = await client.ok<{ id: string }>('POST', `${V2}/collections`, { name: `mine ${randomUUID()}` });
    return client.call('PUT', `${V2}/families/${encodeURIComponent(family)}`, { collections: [id] });
  },
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

async function listsItsOwnCollections(path: string): Promise<void> {
  const { id } = await stranger.ok<{ id: string }>('POST', path, { name: `mine ${randomUUID()}` });
  const { collections } = await stranger.ok<{ collections: { id: string }[] }>('GET', `${path}?per_page=100`);
  const ids = collections.map((collection) => collection.id);
  expect([ids.includes(id), ids.includes(things.collection)]).toEqual([true, false]);
}

/** The name is free for everybody else, and the owner's collection is not the stranger's. */
async function makesItsOwnCollection(path: string): Promise<void> {
  const mine = await stranger.ok<{ id: string }>('POST', path, { name: COLLECTION, org_id: owner.person.org });
  expect(mine.id).not.toBe(things.collection);
  expect((await owner.call('GET', `${V2}/collections/${mine.id}`)).status).toBe(404);
  expect((await stranger.call('DELETE', `${V2}/collections/${mine.id}`)).status).toBe(204);
}

async function listsItsOwnOperations(path: string): Promise<void> {
  const { id, initial_operation_id } = await stranger.ok<Record<string, string>>('POST', `${V2}/collections`, { name: `mine ${randomUUID()}` });
  const { operations } = await stranger.ok<{ operations: { id: string; collection_id: string }[] }>('GET', `${path}?per_page=100`);
  expect(operations.find((operation) => operation.id === initial_operation_id)?.collection_id).toBe(id);
  expect(operations.filter((operation) => operation.collection_id === things.collection)).toEqual([]);
}

async function hearsOfItsOwnOperations(path: string): Promise<void> {
  let [own, theirs] = ['', ''];
  const { messages } = await readSocket(`${system.baseUrl}${path}`, {
    protocols: [`access_token.${tokenOf(stranger)}`],
    stop: (seen) => seen.some(({ collection_id }) => own !== '' && collection_id === own),
    onOpen: async () => {
      theirs = (await owner.ok<{ id: string }>('POST', `${V2}/collections`, { name: `theirs ${randomUUID()}` })).id;
      own = (await stranger.ok<{ id: string }>('POST', `${V2}/collections`, { name: `mine ${randomUUID()}` })).id;
    },
  });
  for (const foreign of [theirs, things.collection]) expect(JSON.stringify(messages)).not.toContain(foreign);
}

interface Tokens {
  access_token: string;
  refresh_token: string;
}

const callPublic = (path: string, body: object) => stranger.call<Tokens & Record<string, unknown>>('POST', path, body, { authorization: '' });

/** Whoever comes with these tokens is in an organisation of his own. */
async function isApart({ access_token }: Tokens): Promise<void> {
  const newcomer = new ApiClient(system.baseUrl, newPerson(), access_token);
  const me = await newcomer.ok<{ organisation_id: string }>('GET', '/api/auth/me');
  expect([owner.person.org, stranger.person.org]).not.toContain(me.organisation_id);
  expect((await newcomer.call('GET', `${V2}/collections/${things.collection}`)).status).toBe(404);
}

async function register(): Promise<{ email: string; tokens: Tokens }> {
  const email = newEmail();
  const foreign = { org_id: owner.person.org, organisation_id: owner.person.org };
  expect(await callPublic('/api/auth/register', { email, password: PASSWORD, ...foreign })).toMatchObject({ status: 400, body: { code: 'unknown_fields' } });
  const reply = await callPublic('/api/auth/register', { email, password: PASSWORD });
  expect(reply.status).toBe(201);
  return { email, tokens: reply.body };
}

/** Routes without an id of ours in them: what a stranger gets must be the stranger's own. */
const OWN_ONLY: Record<string, () => Promise<void>> = {
  'GET /collections': () => listsItsOwnCollections('/collections'),
  'GET /api/v2/collections': () => listsItsOwnCollections(`${V2}/collections`),
  'POST /collections': () => makesItsOwnCollection('/collections'),
  'POST /api/v2/collections': () => makesItsOwnCollection(`${V2}/collections`),
  'GET /api/v2/aliases': async () => {
    expect(await stranger.ok('GET', `${V2}/aliases`)).toEqual({ aliases: [] });
    expect(await owner.ok('GET', `${V2}/aliases`)).toMatchObject({ aliases: [{ alias: ALIAS, collection_id: things.collection }] });
  },
  'GET /api/v2/families': async () => {
    expect(await stranger.ok('GET', `${V2}/families`)).toEqual({ families: [] });
    expect(await owner.ok('GET', `${V2}/families`)).toMatchObject({ families: [{ name: FAMILY, collections: [{ id: things.collection }] }] });
  },
  'POST /api/v2/families': async () => {
    const { id, name } = await stranger.ok<{ id: string; name: string }>('POST', `${V2}/collections`, { name: `mine ${randomUUID()}` });
    for (const foreign of [things.collection, COLLECTION, ALIAS])
      expect((await stranger.call('POST', `${V2}/families`, { name: 'mine', collections: [id, foreign] })).status).toBe(400);
    await stranger.ok('POST', `${V2}/families`, { name: FAMILY, collections: [id] });
    expect(await owner.ok('GET', `${V2}/families/${encodeURIComponent(FAMILY)}`)).toMatchObject({ collections: [{ id: things.collection }] });
    expect(await stranger.ok('GET', `${V2}/families`)).toMatchObject({ families: [{ name: FAMILY, collections: [{ id, name }] }] });
    await stranger.ok('DELETE', `${V2}/families/${encodeURIComponent(FAMILY)}`);
  },
  'POST /api/v2/collections/import': async () => {
    const reply = await fetch(`${system.baseUrl}${V2}/collections/${things.collection}/export`, { headers: { authorization: `Bearer ${tokenOf(owner)}` } });
    const archive = await reply.blob();
    const form = () => {
      const fields = new FormData();
      fields.append('file', archive, 'archive');
      fields.append('name', `mine ${randomUUID()}`);
      return fields;
    };
    const mine = await stranger.ok<{ id: string }>('POST', `${V2}/collections/import`, form());
    expect((await owner.call('GET', `${V2}/collections/${mine.id}`)).status).toBe(404);
    const { documents } = await stranger.ok<{ documents: { id: string }[] }>('GET', `${V2}/collections/${mine.id}/documents`);
    expect(documents.map(({ id }) => id)).toContain(things.document); // an id is unique in its organisation, and says nothing of others
    expect(await owner.ok('GET', `${V2}/documents/${things.document}`)).toMatchObject({ collection_id: things.collection });
    expect((await stranger.call('DELETE', `${V2}/collections/${mine.id}`)).status).toBe(204);
  },
  'GET /api/v2/collection-templates': async () => {
    const namesOf = async (client: ApiClient) =>
      (await client.ok<{ templates: { name: string }[] }>('GET', `${V2}/collection-templates`)).templates.map(({ name }) => name);
    expect([(await namesOf(owner)).includes(TEMPLATE), (await namesOf(stranger)).includes(TEMPLATE)]).toEqual([true, false]);
  },
  'POST /api/v2/collection-templates': async () => {
    expect((await stranger.call('POST', `${V2}/collections`, { name: 'x', template: TEMPLATE })).status).toBe(422);
    await stranger.ok('POST', `${V2}/collection-templates`, { name: TEMPLATE, settings: { chunk_size: 100 } });
    expect(await owner.ok('GET', `${V2}/collection-templates/${encodeURIComponent(TEMPLATE)}`)).toMatchObject({ settings: { chunk_size: 321 } });
  },
  'GET /api/v2/judgment-sets': async () => {
    const names = async (client: ApiClient) => JSON.stringify(await client.ok('GET', `${V2}/judgment-sets`));
    expect([(await names(owner)).includes(JUDGMENTS), (await names(stranger)).includes(JUDGMENTS)]).toEqual([true, false]);
  },
  'POST /api/v2/judgment-sets': async () => {
    const judgments = [{ query: 'mine', external_id: 'x', relevance: 1 }];
    await stranger.ok('POST', `${V2}/judgment-sets`, { name: JUDGMENTS, judgments }); // unique in its organisation
    expect(JSON.stringify(await owner.ok('GET', `${V2}/judgment-sets/${things.judgments}`))).toContain(JUDGMENTS);
  },
  'GET /api/v2/evaluations': async () => {
    const found = async (client: ApiClient) => JSON.stringify(await client.ok('GET', `${V2}/evaluations`));
    expect([(await found(owner)).includes(things.evaluation), (await found(stranger)).includes(things.evaluation)]).toEqual([true, false]);
  },
  'GET /api/v2/operations': () => listsItsOwnOperations(`${V2}/operations`),
  'GET /indexing': () => listsItsOwnOperations('/indexing'),
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
  'POST /api/auth/register': async () => isApart((await register()).tokens),
  'POST /api/auth/login': async () => {
    const { email } = await register();
    await isApart((await callPublic('/api/auth/login', { email, password: PASSWORD, organisation_id: owner.person.org })).body);
  },
  'POST /api/auth/refresh': async () => {
    const { tokens } = await register();
    await isApart((await callPublic('/api/auth/refresh', { refresh_token: tokens.refresh_token })).body);
  },
  'POST /api/auth/logout': async () => {
    const [leaving, staying] = [await register(), await register()];
    expect((await callPublic('/api/auth/logout', { refresh_token: leaving.tokens.refresh_token })).status).toBe(204);
    expect((await callPublic('/api/auth/refresh', { refresh_token: staying.tokens.refresh_token })).status).toBe(200);
  },
  'POST /api/auth/password': async () => {
    const [changing, staying] = [await register(), await register()];
    const asked = { current_password: PASSWORD, new_password: 'quite another one' };
    const changer = new ApiClient(system.baseUrl, stranger.person, changing.tokens.access_token);
    expect((await changer.call('POST', '/api/auth/password', { ...asked, organisation_id: owner.person.org })).status).toBe(400);
    expect((await changer.call('POST', '/api/auth/password', asked)).status).toBe(204);
    expect((await callPublic('/api/auth/login', { email: staying.email, password: PASSWORD })).status).toBe(200);
  },
  'POST /api/auth/invitations/accept': async () => {
    const { invitation_token: token } = await stranger.ok<{ invitation_token: string }>('POST', `${V2}/users`, { email: newEmail(), role: 'admin' });
    const accepted = { token, password: PASSWORD };
    expect((await callPublic('/api/auth/invitations/accept', { ...accepted, organisation_id: owner.person.org })).status).toBe(400);
    const { body } = await callPublic('/api/auth/invitations/accept', accepted);
    expect(body.organisation_id).toBe(stranger.person.org);
  },
  'GET /api/auth/me': async () => {
    expect(await stranger.ok('GET', '/api/auth/me')).toMatchObject({ organisation_id: stranger.person.org, subject: stranger.person.sub });
  },
  'GET /api/v2/users': async () => {
    const { users } = await stranger.ok<{ users: { user: string }[] }>('GET', `${V2}/users`);
    const subjects = users.map(({ user }) => user);
    expect([subjects.includes(stranger.person.sub), subjects.includes(owner.person.sub)]).toEqual([true, false]);
  },
  'POST /api/v2/users': async () => {
    const mine = await addUser(stranger);
    const { users } = await owner.ok<{ users: { id: number }[] }>('GET', `${V2}/users`);
    expect(users.map(({ id }) => id)).not.toContain(Number(mine));
  },
  'GET /api/v2/audit': async () => {
    await owner.ok('POST', `${V2}/collections`, { name: `audited ${randomUUID()}` });
    const texts = async (client: ApiClient) => JSON.stringify(await client.ok('GET', `${V2}/audit`));
    expect([(await texts(owner)).includes('POST /collections'), (await texts(stranger)).includes(things.collection)]).toEqual([true, false]);
  },
  'GET /api/v2/audit/chain': async () => {
    expect((await stranger.call('GET', `${V2}/audit/chain`)).status).toBe(200);
  },
  'GET /api/v2/quotas': async () => {
    expect((await stranger.call('GET', `${V2}/quotas?collection_id=${things.collection}`)).status).toBe(404);
  },
  'PUT /api/v2/quotas': async () => {
    expect((await stranger.call('PUT', `${V2}/quotas`, { collection_id: things.collection, documents: 0 })).status).toBe(404);
    await stranger.ok('PUT', `${V2}/quotas`, { documents: 1_000 });
    expect(JSON.stringify(await owner.ok('GET', `${V2}/quotas`))).not.toContain('1000,');
  },
  'GET /api/v2/analytics/settings': async () => {
    expect(await stranger.ok('GET', `${V2}/analytics/settings`)).toEqual({ query_log: true });
  },
  'PUT /api/v2/analytics/settings': async () => {
    await stranger.ok('PUT', `${V2}/analytics/settings`, { query_log: false });
    expect(await owner.ok('GET', `${V2}/analytics/settings`)).toEqual({ query_log: true });
    await stranger.ok('PUT', `${V2}/analytics/settings`, { query_log: true });
  },
  'GET /api/v2/usage': async () => {
    const usageOf = async (client: ApiClient) => JSON.stringify(await client.ok('GET', `${V2}/usage`));
    expect([(await usageOf(owner)).includes(things.collection), (await usageOf(stranger)).includes(things.collection)]).toEqual([true, false]);
  },
  'POST /api/v2/chunking/profiles': async () => {
    const profile = { name: 'of both', strategy: 'sentence' };
    for (const client of [owner, stranger]) await client.ok('POST', `${V2}/chunking/profiles`, profile);
  },
  'GET /api/v2/chunking/profiles': async () => {
    await owner.ok('POST', `${V2}/chunking/profiles`, { name: 'of the owner alone' });
    expect(JSON.stringify(await owner.ok('GET', `${V2}/chunking/profiles`))).toContain('of the owner alone');
    expect(JSON.stringify(await stranger.ok('GET', `${V2}/chunking/profiles`))).not.toContain('of the owner alone');
  },
  'DELETE /api/v2/chunking/profiles/{id}': async () => {
    const { id } = await owner.ok<{ id: string }>('POST', `${V2}/chunking/profiles`, { name: 'to be kept' });
    const refusals = [await stranger.call('DELETE', `${V2}/chunking/profiles/${id}`), await stranger.call('DELETE', `${V2}/chunking/profiles/${randomUUID()}`)];
    expect(refusals.map(({ status, body }) => [status, body.detail])).toEqual([404, 404].map((status) => [status, refusals[1]?.body.detail]));
    expect((await owner.call('DELETE', `${V2}/chunking/profiles/${id}`)).status).toBe(204);
  },
  'GET /api/v2/chunking/strategies': async () => {
    expect(await stranger.ok('GET', `${V2}/chunking/strategies`)).toEqual(await owner.ok('GET', `${V2}/chunking/strategies`));
  },
  'GET /api/v2/source-types': async () => {
    expect(await stranger.ok('GET', `${V2}/source-types`)).toEqual(await owner.ok('GET', `${V2}/source-types`));
  },
  'POST /api/v2/sources/preview': async () => {
    const preview = { source_type: 'directory', source_path: folder() };
    expect(await stranger.ok('POST', `${V2}/sources/preview`, preview)).toEqual(await owner.ok('POST', `${V2}/sources/preview`, preview));
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
  'GET /api/v2/operations/ws': () => hearsOfItsOwnOperations(`${V2}/operations/ws`),
  'GET /ws/operations': () => hearsOfItsOwnOperations('/ws/operations'),
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

/** Of those that name things in a body or query where others have none. */
const STATUS_OF: Record<string, number> = { 'GET /events': 200, 'POST /outbox/redrive': 200, 'POST /api/v2/sql': 400 };

describe('another organisation', () => {
  it('T1: the matrix below knows every route that the api describes; a new one must be put into it', async () => {
    const described = (await describedRoutes(system.baseUrl)).map((route) => route.name).sort();
    expect([...Object.keys(SAME_AS_ABSENT), ...Object.keys(OWN_ONLY), ...PUBLIC].sort()).toEqual(described);
  });

  for (const [route, reach] of Object.entries(SAME_AS_ABSENT)) {
    it(`T1: ${route} answers a foreign id exactly as one of nobody`, async () => {
      const [foreign, absent] = [await reach(stranger, things), await reach(stranger, NOTHING)];
      expect(learned(foreign)).toEqual(learned(absent));
      expect(foreign.status).toBe(STATUS_OF[route] ?? 404);
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

  it('T1: a search in all collections finds nothing in those of others, nor does one in an own and a foreign one', async () => {
    const { id } = await stranger.ok<{ id: string }>('POST', `${V2}/collections`, { name: 'an empty one' });
    expect((await stranger.ok<{ results: object[] }>('POST', `${V2}/search`, { query: TEXT })).results).toEqual([]);
    expect((await stranger.call('POST', `${V2}/search`, { query: TEXT, collection_uuids: [id, things.collection] })).status).toBe(404);
    const { results } = await owner.ok<{ results: { document_id: string }[] }>('POST', `${V2}/search`, { query: TEXT });
    expect(results[0]?.document_id).toBe(things.document);
  });

  it('T1: documents of two organisations with one external id and one text are two, and neither is told of the other', async () => {
    const { id } = await stranger.ok<{ id: string }>('POST', `${V2}/collections`, { name: 'the same texts' });
    const { documents } = await stranger.ok<{ documents: Record<string, unknown>[] }>('POST', `${V2}/collections/${id}/documents`, DOCUMENTS);
    expect(documents).toEqual([{ id: expect.any(String), external_id: 'secret', file_name: 'secret', status: 'pending' }]);
    expect(documents[0]?.id).not.toBe(things.document);
  });

  it("T1: after all that, what is the owner's is as it was", async () => {
    const collection = { name: COLLECTION, document_count: 2, status: 'ready', sources: [{ id: things.source }] };
    expect(await owner.ok('GET', `${V2}/collections/${things.collection}`)).toMatchObject(collection);
    expect(await owner.ok('GET', `${V2}/documents/${things.document}`)).toMatchObject({ external_id: 'secret', title: null });
    expect(await owner.job(things.job)).toMatchObject({ status: 'completed' });
    expect(await owner.job(things.failed)).toMatchObject({ status: 'failed' });
    expect((await owner.call('GET', `/vectors/${things.point}`)).status).toBe(200);
    const { api_keys } = await owner.ok<{ api_keys: { id: string; revoked_at: string | null }[] }>('GET', '/api-keys');
    expect(api_keys.find((key) => key.id === things.apiKey)?.revoked_at).toBeNull();
    expect((await owner.ok<{ parked: { id: string }[] }>('GET', '/outbox/parked')).parked.map((row) => row.id)).toEqual([things.parked]);
  });
});
