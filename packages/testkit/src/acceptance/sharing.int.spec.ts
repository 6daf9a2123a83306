import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ApiClient, devToken, newPerson } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { describedRoutes } from './openapi-routes.js';

jest.setTimeout(120_000);

const CALLERS = ['stranger', 'none', 'public', 'read', 'write', 'admin', 'owner'] as const;
type Caller = (typeof CALLERS)[number];
type Role = Extract<Caller, 'read' | 'write' | 'admin' | 'owner'>;
const ORDER: readonly Caller[] = ['read', 'write', 'admin', 'owner'];

/** What a caller reaches for: made anew for every call, because some are gone after it. */
interface Things {
  collection: string;
  document: string;
  source: string;
  path: string;
  operation: string;
}

interface Route {
  needs: Role;
  path: (of: Things) => string;
  body?: (of: Things) => object;
}

const DOCUMENTS = { documents: [{ external_id: 'other', text: 'A second text.' }] };
const of = (needs: Role, path: Route['path'], body?: Route['body']): Route => ({ needs, path, ...(body ? { body } : {}) });

/** Every route about a collection and what is in it, and the role that it needs. Streams are asked for in a test of their own. */
const ROUTES: Record<string, Route> = {
  'GET /api/v2/collections/{id}': of('read', ({ collection }) => `/api/v2/collections/${collection}`),
  'PATCH /api/v2/collections/{id}': of(
    'admin',
    ({ collection }) => `/api/v2/collections/${collection}`,
    () => ({ description: 'changed' }),
  ),
  'PUT /api/v2/collections/{id}': of(
    'admin',
    ({ collection }) => `/api/v2/collections/${collection}`,
    () => ({ is_public: true }),
  ),
  'DELETE /api/v2/collections/{id}': of('owner', ({ collection }) => `/api/v2/collections/${collection}`),
  'GET /api/v2/collections/{id}/shares': of('admin', ({ collection }) => `/api/v2/collections/${collection}/shares`),
  'PUT /api/v2/collections/{id}/shares': of(
    'admin',
    ({ collection }) => `/api/v2/collections/${collection}/shares`,
    () => ({ user: people.other.person.sub, role: 'read' }),
  ),
  'PUT /api/v2/collections/{id}/shares/{user_id}': of(
    'admin',
    ({ collection }) => `/api/v2/collections/${collection}/shares/${numbers.other}`,
    () => ({ role: 'write' }),
  ),
  'DELETE /api/v2/collections/{id}/shares/{user_id}': of('admin', ({ collection }) => `/api/v2/collections/${collection}/shares/${numbers.bystander}`),
  'POST /api/v2/collections/{id}/documents': of(
    'write',
    ({ collection }) => `/api/v2/collections/${collection}/documents`,
    () => DOCUMENTS,
  ),
  'GET /api/v2/collections/{id}/documents': of('read', ({ collection }) => `/api/v2/collections/${collection}/documents`),
  'POST /api/v2/collections/{id}/documents/delete': of(
    'write',
    ({ collection }) => `/api/v2/collections/${collection}/documents/delete`,
    () => ({ all: true }),
  ),
  'GET /api/v2/collections/{id}/health': of('read', ({ collection }) => `/api/v2/collections/${collection}/health`),
  'POST /api/v2/collections/{id}/clone': of(
    'read',
    ({ collection }) => `/api/v2/collections/${collection}/clone`,
    () => ({ name: randomUUID() }),
  ),
  'GET /api/v2/collections/{id}/export': of('read', ({ collection }) => `/api/v2/collections/${collection}/export`),
  'GET /api/v2/collections/{id}/versions': of('read', ({ collection }) => `/api/v2/collections/${collection}/versions`),
  'POST /api/v2/collections/{id}/versions/{number}/restore': of('admin', ({ collection }) => `/api/v2/collections/${collection}/versions/1/restore`),
  'GET /documents/indexing-status': of('read', ({ collection }) => `/documents/indexing-status?collection_id=${collection}`),
  'GET /api/v2/collections/{id}/indexing-status': of('read', ({ collection }) => `/api/v2/collections/${collection}/indexing-status`),
  'GET /collection-stats/{id}/indexing-status': of('read', ({ collection }) => `/collection-stats/${collection}/indexing-status`),
  'GET /api/v2/documents/{id}': of('read', ({ document }) => `/api/v2/documents/${document}`),
  'GET /api/v2/documents/{id}/chunks': of('read', ({ document }) => `/api/v2/documents/${document}/chunks`),
  'GET /api/v2/documents/{id}/ledger': of('read', ({ document }) => `/api/v2/documents/${document}/ledger`),
  'GET /api/v2/documents/{id}/content': of('read', ({ document }) => `/api/v2/documents/${document}/content`),
  'PUT /api/v2/documents/{id}': of(
    'write',
    ({ document }) => `/api/v2/documents/${document}`,
    () => ({ text: 'Another text.' }),
  ),
  'PATCH /api/v2/documents/{id}': of(
    'write',
    ({ document }) => `/api/v2/documents/${document}`,
    () => ({ metadata: { a: 1 } }),
  ),
  'DELETE /api/v2/documents/{id}': of('write', ({ document }) => `/api/v2/documents/${document}`),
  'POST /api/v2/collections/{id}/sources': of(
    'write',
    ({ collection }) => `/api/v2/collections/${collection}/sources`,
    ({ path }) => ({ source_type: 'directory', source_path: path }),
  ),
  'DELETE /api/v2/collections/{id}/sources': of(
    'write',
    ({ collection, path }) => `/api/v2/collections/${collection}/sources?source_path=${encodeURIComponent(path)}`,
  ),
  'DELETE /api/v2/collections/{id}/sources/{source_id}': of('write', ({ collection, source }) => `/api/v2/collections/${collection}/sources/${source}`),
  'GET /api/v2/collections/{id}/sources/{source_id}': of('read', ({ collection, source }) => `/api/v2/collections/${collection}/sources/${source}`),
  'GET /api/v2/collections/{id}/sources/{source_id}/runs': of('read', ({ collection, source }) => `/api/v2/collections/${collection}/sources/${source}/runs`),
  'PATCH /api/v2/collections/{id}/sources/{source_id}': of(
    'write',
    ({ collection, source }) => `/api/v2/collections/${collection}/sources/${source}`,
    () => ({ paused: true }),
  ),
  'POST /api/v2/collections/{id}/repair': of(
    'write',
    ({ collection }) => `/api/v2/collections/${collection}/repair`,
    () => ({ dry_run: false }),
  ),
  'POST /api/v2/collections/{id}/reindex': of(
    'write',
    ({ collection }) => `/api/v2/collections/${collection}/reindex`,
    () => ({ force: true }),
  ),
  'GET /api/v2/analytics/summary': of('read', ({ collection }) => `/api/v2/analytics/summary?collection_id=${collection}`),
  'GET /api/v2/analytics/queries': of('read', ({ collection }) => `/api/v2/analytics/queries?collection_id=${collection}`),
  'GET /api/v2/analytics/usage/traffic': of('read', ({ collection }) => `/api/v2/analytics/usage/traffic?collection_id=${collection}`),
  'GET /api/v2/analytics/usage/latency': of('read', ({ collection }) => `/api/v2/analytics/usage/latency?collection_id=${collection}`),
  'POST /collections/{id}/index': of('write', ({ collection }) => `/collections/${collection}/index`),
  'GET /api/v2/collections/{id}/operations': of('read', ({ collection }) => `/api/v2/collections/${collection}/operations`),
  'GET /api/v2/operations/{id}': of('read', ({ operation }) => `/api/v2/operations/${operation}`),
  'DELETE /api/v2/operations/{id}': of('write', ({ operation }) => `/api/v2/operations/${operation}`),
};

/** These have tests of their own, or are about no collection in particular. */
const ELSEWHERE = [
  'POST /api/v2/collections/import',
  'POST /api/v2/collections',
  'GET /api/v2/collections',
  'GET /api/v2/operations',
  'GET /api/v2/operations/{id}/events',
  'GET /api/v2/operations/{id}/ws',
  'GET /api/v2/operations/ws',
  'GET /api/v2/collections/{id}/deletion',
  'GET /api/v2/collections/{id}/drift',
  'GET /api/v2/documents/{id}/deletion',
  'POST /api/v2/collections/{id}/rollback',
  'POST /api/v2/collections/{id}/sources/{source_id}/sync',
];

let system: TestSystem;
let people: Record<Caller | 'other' | 'bystander', ApiClient>;
let numbers: Record<'other' | 'bystander' | 'read' | 'write' | 'admin', number>;
let folder: string;

// No worker: what is accepted stays as it is, and an operation can be cancelled.
beforeAll(async () => {
  system = await TestSystem.start({ services: ['api', 'dispatcher'] });
  folder = join(system.sources, 'handbook');
  mkdirSync(folder);
  writeFileSync(join(folder, 'one.txt'), 'A text of a file.');
  const { org } = newPerson();
  const colleague = (): ApiClient => system.client({ org, sub: randomUUID() });
  const names = ['none', 'public', 'read', 'write', 'admin', 'owner', 'other', 'bystander'] as const;
  people = { stranger: system.client(), ...Object.fromEntries(names.map((name) => [name, colleague()])) } as typeof people;
  for (const name of names) await people[name].ok('GET', '/api/v2/collections');
  const rows = await system.database.sql<{ id: string; subject: string }>('SELECT id, subject FROM users WHERE org_id = $1', [org]);
  const numberOf = (name: (typeof names)[number]) => Number(rows.find(({ subject }) => subject === people[name].person.sub)?.id);
  numbers = { other: numberOf('other'), bystander: numberOf('bystander'), read: numberOf('read'), write: numberOf('write'), admin: numberOf('admin') };
}, 120_000);
afterAll(() => system?.stop());

async function makeCollection(isPublic = false): Promise<string> {
  const { id } = await people.owner.ok<{ id: string }>('POST', '/api/v2/collections', { name: randomUUID(), is_public: isPublic });
  return id;
}

const share = (collection: string, user: number, role: string) => people.owner.ok('PUT', `/api/v2/collections/${collection}/shares/${user}`, { role });

/** A collection with a document and a source, shared with those who have a role. */
async function makeThings(isPublic: boolean): Promise<Things> {
  const collection = await makeCollection(isPublic);
  for (const role of ['read', 'write', 'admin'] as const) await share(collection, numbers[role], role);
  await share(collection, numbers.bystander, 'read');
  const path = `/api/v2/collections/${collection}`;
  await people.owner.ok('PATCH', path, { description: 'changed once' });
  const sent = await people.owner.ok<{ documents: { id: string }[] }>('POST', `${path}/documents`, { documents: [{ external_id: 'one', text: 'A text.' }] });
  const operation = await people.owner.ok<{ id: string; config: { source_id: string } }>('POST', `${path}/sources`, {
    source_type: 'directory',
    source_path: folder,
  });
  const { sources } = await people.owner.ok<{ sources: { id: string }[] }>('GET', path);
  return { collection, document: sent.documents[0]?.id as string, source: sources[0]?.id as string, path: folder, operation: operation.id };
}

function expected(caller: Caller, needs: Role): number | 'a success' {
  if (caller === 'stranger' || caller === 'none') return 404;
  const role = caller === 'public' ? 'read' : caller;
  return ORDER.indexOf(role) >= ORDER.indexOf(needs) ? 'a success' : 403;
}

describe('roles in a collection', () => {
  it('T9: the matrix knows every route about collections, documents, sources and operations', async () => {
    const described = (await describedRoutes(system.baseUrl)).map(({ name }) => name);
    const about = described.filter((name) => /^\w+ \/api\/v2\/(collections|documents|operations)/.test(name));
    expect([...Object.keys(ROUTES), ...ELSEWHERE]).toEqual(expect.arrayContaining(about));
  });

  for (const [route, { needs, path, body }] of Object.entries(ROUTES)) {
    it(`T9: ${route} needs the role ${needs}`, async () => {
      const answers: Record<string, number | string> = {};
      for (const caller of CALLERS) {
        const things = await makeThings(caller === 'public');
        const { status } = await callRaw(people[caller], route.split(' ')[0] as string, path(things), body?.(things));
        answers[caller] = status < 300 ? 'a success' : status;
      }
      expect(answers).toEqual(Object.fromEntries(CALLERS.map((caller) => [caller, expected(caller, needs)])));
    });
  }

  it('T9: lists show each caller what he may read, and no more', async () => {
    const things = await makeThings(false);
    for (const caller of CALLERS) {
      const sees = expected(caller === 'public' ? 'none' : caller, 'read') === 'a success';
      const { collections } = await people[caller].ok<{ collections: { id: string }[] }>('GET', '/api/v2/collections?per_page=100');
      const { operations } = await people[caller].ok<{ operations: { id: string }[] }>('GET', '/api/v2/operations?per_page=100');
      const seen = [collections.some(({ id }) => id === things.collection), operations.some(({ id }) => id === things.operation)];
      expect([caller, ...seen]).toEqual([caller, sees, sees]);
    }
  });

  it('T8: a key with the scope read reads and changes nothing, whoever made it', async () => {
    const { collection } = await makeThings(false);
    const { key } = await people.owner.ok<{ key: string }>('POST', '/api-keys', { name: 'reader', scopes: ['read'] });
    const reader = new ApiClient(system.baseUrl, people.owner.person, key);
    const body = { source_type: 'directory', source_path: folder };
    expect((await reader.call('GET', `/api/v2/collections/${collection}/documents`)).status).toBe(200);
    expect((await reader.call('POST', `/api/v2/collections/${collection}/sources`, body)).status).toBe(403);
    expect((await reader.call('PUT', `/api/v2/collections/${collection}/shares/${numbers.other}`, { role: 'admin' })).status).toBe(403);
  });

  it('T8: a key that is limited to a collection shares that one only', async () => {
    const [mine, other] = [await makeCollection(), await makeCollection()];
    const { key } = await people.owner.ok<{ key: string }>('POST', '/api-keys', { name: 'limited', scopes: ['write'], collections: [mine] });
    const limited = new ApiClient(system.baseUrl, people.owner.person, key);
    const statusOf = async (id: string) => (await limited.call('PUT', `/api/v2/collections/${id}/shares/${numbers.other}`, { role: 'read' })).status;
    expect([await statusOf(mine), await statusOf(other)]).toEqual([200, 404]);
  });
});

describe('sharing', () => {
  const shared = async (collection: string) =>
    (await people.owner.ok<{ shares: { user_id: number; user: string; role: string }[] }>('GET', `/api/v2/collections/${collection}/shares`)).shares;

  it('T9: a share takes effect at once, changes in place, and is over when it is taken back', async () => {
    const collection = await makeCollection();
    const path = `/api/v2/collections/${collection}`;
    const post = async () => (await people.other.call('POST', `${path}/documents`, DOCUMENTS)).status;
    expect(await post()).toBe(404);
    expect(await people.owner.ok('PUT', `${path}/shares`, { user: people.other.person.sub, role: 'read' })).toMatchObject({
      user_id: numbers.other,
      user: people.other.person.sub,
      role: 'read',
    });
    expect(await post()).toBe(403);
    await share(collection, numbers.other, 'write');
    expect(await post()).toBe(202);
    expect(await shared(collection)).toHaveLength(1);
    expect((await people.owner.call('DELETE', `${path}/shares/${numbers.other}`)).status).toBe(204);
    expect(await post()).toBe(404);
    expect(await shared(collection)).toEqual([]);
  });

  it('T9: a user leaves by himself, and takes nobody else with him', async () => {
    const collection = await makeCollection();
    await share(collection, numbers.read, 'read');
    await share(collection, numbers.other, 'read');
    expect((await people.read.call('DELETE', `/api/v2/collections/${collection}/shares/${numbers.other}`)).status).toBe(403);
    expect((await people.read.call('DELETE', `/api/v2/collections/${collection}/shares/${numbers.read}`)).status).toBe(204);
    expect((await people.read.call('GET', `/api/v2/collections/${collection}`)).status).toBe(404);
    expect((await shared(collection)).map(({ user_id }) => user_id)).toEqual([numbers.other]);
  });

  it('T9: nobody can be shared with who is not of the organisation, and the owner need not be', async () => {
    const collection = await makeCollection();
    const path = `/api/v2/collections/${collection}/shares`;
    await people.stranger.ok('GET', '/api/v2/collections');
    const [stranger] = await system.database.sql<{ id: string }>('SELECT id FROM users WHERE org_id = $1', [people.stranger.person.org]);
    const foreign = await people.owner.call('PUT', `${path}/${stranger?.id}`, { role: 'read' });
    const absent = await people.owner.call('PUT', `${path}/999999999`, { role: 'read' });
    const { reference: _one, ...toForeign } = foreign.body;
    const { reference: _other, ...toAbsent } = absent.body;
    expect([foreign.status, toForeign]).toEqual([404, toAbsent]);
    for (const nobody of ['0', '-1', '1e3', 'maria', '99999999999999999999'])
      expect((await people.owner.call('PUT', `${path}/${nobody}`, { role: 'read' })).status).toBe(404);
    expect((await people.owner.call('PUT', path, { user: people.owner.person.sub, role: 'read' })).status).toBe(409);
    expect((await people.owner.call('PUT', path, { user: people.other.person.sub, role: 'owner' })).status).toBe(422);
    expect(await shared(collection)).toEqual([]);
  });

  it('T9: an admin shares further but cannot delete what is not his', async () => {
    const collection = await makeCollection();
    await share(collection, numbers.admin, 'admin');
    expect((await people.admin.call('PUT', `/api/v2/collections/${collection}/shares/${numbers.other}`, { role: 'admin' })).status).toBe(200);
    expect((await people.other.call('DELETE', `/api/v2/collections/${collection}`)).status).toBe(403);
  });
});

/** Content of a document is no JSON, and an archive is more than one. */
async function callRaw(client: ApiClient, method: string, path: string, body?: object): Promise<{ status: number }> {
  if (!/\/(content|export)$/.test(path)) return client.call(method, path, body);
  return fetch(client.baseUrl + path, { headers: { authorization: `Bearer ${devToken(client.person)}` } });
}
