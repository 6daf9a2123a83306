import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ApiClient, devToken } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { describedRoutes } from './openapi-routes.js';

jest.setTimeout(120_000);

interface Entry {
  id: string;
  actor: string;
  action: string;
  thing: string | null;
  correlation_id: string;
  details: Record<string, unknown>;
  seq: number | null;
}

const SECRET = 'the combination is under the third drawer';

let system: TestSystem;
let client: ApiClient;
let collection: string;
let folder: string;

// No worker: what is accepted stays as it is.
beforeAll(async () => {
  system = await TestSystem.start({ services: ['api', 'dispatcher'] });
  client = system.client();
  folder = join(system.sources, 'handbook');
  mkdirSync(folder);
  writeFileSync(join(folder, 'one.txt'), 'A text of a file.');
  collection = (await client.ok<{ id: string }>('POST', '/api/v2/collections', { name: 'handbook' })).id;
}, 120_000);
afterAll(() => system?.stop());

const entriesOf = async (of: ApiClient, query = ''): Promise<Entry[]> => (await of.ok<{ entries: Entry[] }>('GET', `/api/v2/audit?limit=500${query}`)).entries;

/** A colleague who may only read. */
function viewerBeside(admin: ApiClient): ApiClient {
  const person = { org: admin.person.org, sub: randomUUID() };
  return new ApiClient(system.baseUrl, person, devToken(person, { role: 'viewer' }));
}

async function sendDocument(): Promise<string> {
  const documents = [{ external_id: randomUUID(), title: SECRET, text: SECRET, metadata: { secret: SECRET } }];
  const sent = await client.ok<{ documents: { id: string }[] }>('POST', `/api/v2/collections/${collection}/documents`, { documents });
  return sent.documents[0]?.id as string;
}

const addSource = () => client.ok<{ id: string; config: { source_id: string } }>('POST', of('/sources'), { source_type: 'directory', source_path: folder });
const of = (rest: string) => `/api/v2/collections/${collection}${rest}`;
const colleague = async (): Promise<number> => {
  const other = system.client({ org: client.person.org, sub: randomUUID() });
  await other.ok('GET', '/api/v2/collections');
  const [row] = await system.database.sql<{ id: string }>('SELECT id FROM users WHERE subject = $1', [other.person.sub]);
  return Number(row?.id);
};

const makeKey = () => client.ok<{ id: string; key: string }>('POST', '/api-keys', { name: SECRET, scopes: ['read'] });
const addUser = () => client.ok<{ id: number }>('POST', '/api/v2/users', { email: `${randomUUID()}@example.org`, role: 'member' });
const makeJob = async (): Promise<string> => (await client.ok<{ job_id: string }>('POST', '/jobs', { type: 'mock_process' })).job_id;

/** Every write of a user's, as he does it. The name of a step is what the audit log calls it. */
const JUDGED = { name: 'ours', judgments: [{ query: SECRET, external_id: 'x', relevance: 1 }] };

const WRITES: Record<string, () => Promise<unknown>> = {
  'POST /collections': () => client.ok('POST', '/api/v2/collections', { name: randomUUID(), description: SECRET }),
  'PATCH /collections/{id}': () => client.ok('PATCH', of(''), { description: SECRET }),
  'PUT /collections/{id}': () => client.ok('PUT', of(''), { is_public: true }),
  'DELETE /collections/{id}': async () => {
    const { id } = await client.ok<{ id: string }>('POST', '/api/v2/collections', { name: randomUUID() });
    await client.call('DELETE', `/api/v2/collections/${id}`);
  },
  'PUT /collections/{id}/shares': async () => {
    await client.ok('PUT', of(`/shares/${await colleague()}`), { role: 'write' });
    const [row] = await system.database.sql<{ subject: string }>('SELECT subject FROM users WHERE id = (SELECT user_id FROM collection_shares LIMIT 1)');
    await client.ok('PUT', of('/shares'), { user: row?.subject, role: 'read' });
  },
  'PUT /collections/{id}/shares/{user_id}': async () => client.ok('PUT', of(`/shares/${await colleague()}`), { role: 'write' }),
  'DELETE /collections/{id}/shares/{user_id}': async () => {
    const user = await colleague();
    await client.ok('PUT', of(`/shares/${user}`), { role: 'write' });
    await client.ok('DELETE', of(`/shares/${user}`));
  },
  'PUT /aliases/{alias}': () => client.ok('PUT', '/api/v2/aliases/rulebook', { collection_id: collection }),
  'DELETE /aliases/{alias}': () => client.ok('DELETE', '/api/v2/aliases/rulebook'),
  'POST /families': () =>
    client.ok('POST', '/api/v2/families', { name: 'ours', collections: [collection], route: { field: 'x', values: { [SECRET]: [collection] } } }),
  'PUT /families/{name}': () => client.ok('PUT', '/api/v2/families/ours', { collections: [collection], route: { field: SECRET } }),
  'DELETE /families/{name}': () => client.ok('DELETE', '/api/v2/families/ours'),
  'POST /judgment-sets': () => client.ok('POST', '/api/v2/judgment-sets', JUDGED),
  'DELETE /judgment-sets/{id}': async () => {
    const { id } = await client.ok<{ id: string }>('POST', '/api/v2/judgment-sets', { ...JUDGED, name: 'others' });
    await client.ok('DELETE', `/api/v2/judgment-sets/${id}`);
  },
  'POST /collection-templates': () => client.ok('POST', '/api/v2/collection-templates', { name: 'ours', description: SECRET, settings: {} }),
  'DELETE /collection-templates/{name}': () => client.ok('DELETE', '/api/v2/collection-templates/ours'),
  'POST /collections/{id}/clone': () => client.ok('POST', of('/clone'), { name: randomUUID() }),
  'GET /collections/{id}/export': async () => {
    const headers = { authorization: `Bearer ${devToken(client.person)}` };
    await (await fetch(system.baseUrl + of('/export'), { headers })).arrayBuffer();
  },
  'POST /collections/import': async () => {
    const empty = await client.ok<{ id: string }>('POST', '/api/v2/collections', { name: randomUUID() });
    const headers = { authorization: `Bearer ${devToken(client.person)}` };
    const form = new FormData();
    form.append('file', await (await fetch(`${system.baseUrl}/api/v2/collections/${empty.id}/export`, { headers })).blob(), 'archive');
    form.append('name', randomUUID());
    await client.ok('POST', '/api/v2/collections/import', form);
  },
  'POST /collections/{id}/versions/{number}/restore': async () => {
    await client.ok('PATCH', of(''), { description: randomUUID() });
    await client.ok('POST', of('/versions/1/restore'));
  },
  'POST /collections/{id}/documents': sendDocument,
  'PUT /documents/{id}': async () => client.ok('PUT', `/api/v2/documents/${await sendDocument()}`, { text: SECRET }),
  'PATCH /documents/{id}': async () => client.ok('PATCH', `/api/v2/documents/${await sendDocument()}`, { metadata: { secret: SECRET } }),
  'DELETE /documents/{id}': async () => client.ok('DELETE', `/api/v2/documents/${await sendDocument()}`),
  'POST /collections/{id}/sources': addSource,
  'DELETE /collections/{id}/sources': async () => {
    await addSource();
    await client.ok('DELETE', of(`/sources?source_path=${encodeURIComponent(folder)}`));
  },
  'DELETE /collections/{id}/sources/{source_id}': async () => {
    await addSource();
    const { sources } = await client.ok<{ sources: { id: string }[] }>('GET', of(''));
    await client.ok('DELETE', of(`/sources/${sources[0]?.id}`));
  },
  'PATCH /collections/{id}/sources/{source_id}': async () => {
    await addSource();
    const { sources } = await client.ok<{ sources: { id: string }[] }>('GET', of(''));
    await client.ok('PATCH', of(`/sources/${sources[0]?.id}`), { paused: true });
  },
  'POST /collections/{id}/documents/delete': () => client.ok('POST', of('/documents/delete'), { filter: { a: 'nothing' } }),
  'POST /chunking/profiles': () => client.ok('POST', '/api/v2/chunking/profiles', { name: randomUUID(), description: SECRET }),
  'DELETE /chunking/profiles/{id}': async () => {
    const { id } = await client.ok<{ id: string }>('POST', '/api/v2/chunking/profiles', { name: randomUUID() });
    await client.call('DELETE', `/api/v2/chunking/profiles/${id}`);
  },
  'POST /collections/{id}/repair': () => client.ok('POST', of('/repair'), { dry_run: false }),
  'POST /collections/{id}/index': () => client.ok('POST', `/collections/${collection}/index`),
  'DELETE /operations/{id}': async () => client.ok('DELETE', `/api/v2/operations/${(await addSource()).id}`),
  'POST /collections/{id}/reindex': () => client.ok('POST', of('/reindex'), { force: true }),
  'PUT /analytics/settings': () => client.ok('PUT', '/api/v2/analytics/settings', { query_log: false }),
  'PUT /quotas': () => client.ok('PUT', '/api/v2/quotas', { documents: 1_000 }),
  'POST /api-keys': makeKey,
  'DELETE /api-keys/{id}': async () => client.ok('DELETE', `/api-keys/${(await makeKey()).id}`),
  'POST /users': addUser,
  'PATCH /users/{user_id}': async () => client.ok('PATCH', `/api/v2/users/${(await addUser()).id}`, { role: 'admin' }),
  'DELETE /users/{user_id}': async () => client.ok('DELETE', `/api/v2/users/${(await addUser()).id}`),
  'POST /outbox/redrive': () => client.ok('POST', '/outbox/redrive', { ids: [randomUUID()] }),
  'DELETE /jobs/{id}': async () => client.call('DELETE', `/jobs/${await makeJob()}`),
  'POST /jobs/{id}/retry': async () => {
    const job = await makeJob();
    await client.call('DELETE', `/jobs/${job}`);
    await client.ok('POST', `/jobs/${job}/retry`);
  },
  'POST /vectors/embed/batch': () => client.ok('POST', '/vectors/embed/batch', { asset_id: 'a', segments: [{ segment_id: 's', text: SECRET }] }),
  'DELETE /vectors/{point_id}': async () => {
    const job = await client.embed('one', 's', SECRET);
    const [row] = await system.database.sql<{ point_id: string }>('SELECT point_id FROM job_inputs WHERE job_id = $1', [job]);
    await client.call('DELETE', `/vectors/${row?.point_id}`);
  },
  'DELETE /vectors/asset/{asset_id}': () => client.ok('DELETE', '/vectors/asset/nothing'),
};

/** Each is one statement, and an event of its job says who asked for it; and reads that come as a POST. */
const NO_ENTRY = [
  // Of the same kind as those that are tried, and only possible after others have ended.
  'POST /collections/{id}/rollback',
  'POST /collections/{id}/sources/{source_id}/sync',
  'POST /sources/preview',
  'POST /chunking/preview',
  'POST /chunking/compare',
  'POST /chunking/recommend',
  'POST /jobs',
  'POST /vectors/mock',
  'POST /vectors/embed',
  'POST /vectors/embed/image',
  'POST /vectors/search',
  'POST /v1/embeddings',
  'POST /v1/rerank',
  'POST /search',
  'POST /search/single',
  'POST /search/batch',
  'POST /searches/why',
  'POST /sql',
  'POST /evaluations',
  // In the log of the organisation that the account belongs to: accounts.int.spec.ts looks there.
  'POST /api/auth/register',
  'POST /api/auth/login',
  'POST /api/auth/refresh',
  'POST /api/auth/logout',
  'POST /api/auth/password',
  'POST /api/auth/invitations/accept',
];

describe('the audit log', () => {
  it('T12: the list below knows every route that changes something', async () => {
    const described = (await describedRoutes(system.baseUrl)).filter(({ method }) => method !== 'GET').map(({ name }) => name.replace(' /api/v2/', ' /'));
    expect(described.filter((name) => !(name in WRITES) && !NO_ENTRY.includes(name))).toEqual([]);
  });

  for (const [action, write] of Object.entries(WRITES)) {
    it(`T12: ${action} adds one entry, which says who`, async () => {
      const before = await entriesOf(client, `&action=${encodeURIComponent(action)}`);
      await write();
      const added = (await entriesOf(client, `&action=${encodeURIComponent(action)}`)).slice(0, -before.length || undefined);
      expect(added).toHaveLength(1);
      expect(added[0]).toMatchObject({ action, actor: expect.stringMatching(/^user:\d+$/), correlation_id: expect.any(String) });
    });
  }

  it('T12: what was refused, and a request that is sent again with its key, add nothing', async () => {
    const count = async () => (await entriesOf(client)).length;
    const before = await count();
    const name = randomUUID();
    expect((await client.call('POST', '/api/v2/collections', { name: 'handbook' })).status).toBe(409);
    for (let times = 0; times < 3; times++) await client.ok('POST', '/api/v2/collections', { name }, { 'idempotency-key': name });
    expect(await count()).toBe(before + 1);
  });

  it('T12: what somebody was not allowed to do is there too, the same thing once a minute', async () => {
    const [admin, thing] = [system.client(), randomUUID()];
    const viewer = viewerBeside(admin);
    for (let times = 0; times < 5; times++) {
      expect((await viewer.call('POST', '/api-keys', { name: SECRET, scopes: ['admin'] })).status).toBe(403);
      expect((await viewer.call('DELETE', `/api/v2/collections/${thing}`)).status).toBe(403);
    }
    const denials = async () => (await entriesOf(admin)).filter(({ action }) => action.startsWith('denied '));
    await until('the denials to be written', async () => (await denials()).length >= 2);
    const [actor] = new Set((await denials()).map((entry) => entry.actor));
    const told = (await denials()).map((entry) => ({ action: entry.action, thing: entry.thing }));
    expect(told.sort((a, b) => (a.action < b.action ? -1 : 1))).toEqual([
      { action: 'denied DELETE /collections/{id}', thing },
      { action: 'denied POST /api-keys', thing: null },
    ]);
    expect(actor).toMatch(/^user:\d+$/);
  });

  it('T12: a denial of an address that cannot be kept is told without what is wrong with it', async () => {
    const admin = system.client();
    const viewer = viewerBeside(admin);
    expect((await viewer.call('DELETE', '/api/v2/collections/%00')).status).toBe(403);
    await until('the denial to be written', async () => (await entriesOf(admin)).length > 0);
    expect(await entriesOf(admin)).toMatchObject([{ action: 'denied DELETE /collections/{id}', thing: null, details: {} }]);
  });

  it('T12: a denial that could not be written is told with the next one', async () => {
    const admin = system.client();
    const viewer = viewerBeside(admin);
    const deny = async () => expect((await viewer.call('POST', '/api-keys', { name: 'k', scopes: ['admin'] })).status).toBe(403);
    const failures = () => system.service('api').log().split('denial could not be put').length;
    const before = failures();
    await system.database.sql('REVOKE INSERT ON audit_log FROM cairn_app');
    try {
      await deny();
      await until('the denial not to be written', async () => failures() > before);
    } finally {
      await system.database.sql('GRANT INSERT ON audit_log TO cairn_app');
    }
    await deny();
    await until('the next denial to be written', async () => (await entriesOf(admin)).length === 1);
  });

  it('T12: it says which role was given, and never what a document says or a key is called', async () => {
    const entries = await entriesOf(client);
    expect(entries.find(({ action }) => action === 'PUT /collections/{id}/shares/{user_id}')).toMatchObject({ thing: collection, details: { role: 'write' } });
    expect(entries.find(({ action }) => action === 'PATCH /users/{user_id}')).toMatchObject({ details: { role: 'admin', fields: ['role'] } });
    expect(entries.find(({ action }) => action === 'POST /api-keys')).toMatchObject({ thing: expect.any(String), details: { scopes: ['read'] } });
    const rows = await system.database.sql('SELECT * FROM audit_log');
    expect(JSON.stringify(rows)).not.toContain(SECRET);
  });

  it('T12: it is read page by page, by actor, and by nobody of another organisation or without the scope admin', async () => {
    const all = await entriesOf(client);
    const pages: Entry[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { entries: Entry[]; next_cursor: string | null } = await client.ok('GET', `/api/v2/audit?limit=7${cursor && `&cursor=${cursor}`}`);
      pages.push(...page.entries);
      cursor = page.next_cursor;
    }
    expect(pages.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    expect(await entriesOf(client, `&actor=${all[0]?.actor}`)).toHaveLength(all.length);
    expect(await entriesOf(client, '&actor=user:0')).toEqual([]);
    expect(await entriesOf(system.client())).toEqual([]);
    const { key } = await client.ok<{ key: string }>('POST', '/api-keys', { name: 'writer', scopes: ['write'] });
    expect((await fetch(`${system.baseUrl}/api/v2/audit`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(403);
  });

  it('P4: nobody of the services can change or take away an entry', async () => {
    const [app, dispatch] = [await system.database.as('app'), await system.database.as('dispatch')];
    for (const text of [`UPDATE audit_log SET actor = 'x'`, 'UPDATE audit_log SET seq = NULL', 'DELETE FROM audit_log', 'TRUNCATE audit_log'])
      await expect(app.system((sql) => sql.rows(text))).rejects.toThrow('permission denied');
    await linked();
    await expect(dispatch.system((sql) => sql.rows('UPDATE audit_log SET seq = seq + 1'))).rejects.toThrow('are not changed');
    await expect(dispatch.system((sql) => sql.rows(`UPDATE audit_log SET actor = 'x'`))).rejects.toThrow('permission denied');
  });

  it('P4: a chain of entries that many wrote at once is whole, and one that was changed, or taken out, is found', async () => {
    const writer = system.client();
    const writeSome = async () => {
      for (let times = 0; times < 30; times++) await writer.ok('PUT', '/api/v2/quotas', { documents: 10 });
    };
    await Promise.all([1, 2, 3, 4].map(writeSome));
    expect(await linked(writer)).toMatchObject({ length: 120 });
    const change = (text: string) =>
      system.database.sql(
        `BEGIN; ALTER TABLE audit_log DISABLE TRIGGER audit_log_stays; ${text}; ALTER TABLE audit_log ENABLE TRIGGER audit_log_stays; COMMIT`,
      );
    const at = (seq: number) => `org_id = '${writer.person.org}' AND seq = ${seq}`;
    await change(`UPDATE audit_log SET actor = 'user:999' WHERE ${at(100)}`);
    expect(await chainOf(writer)).toMatchObject({ broken_at: 100 });
    await change(`DELETE FROM audit_log WHERE ${at(50)}`);
    expect(await chainOf(writer)).toMatchObject({ broken_at: 50 });
  });
});

const chainOf = (of: ApiClient) => of.ok<{ length: number; broken_at: number | null }>('GET', '/api/v2/audit/chain');

/** The chain when every entry is linked. */
async function linked(of: ApiClient = client): Promise<{ length: number; broken_at: number | null }> {
  await until('all entries to be linked', async () => (await entriesOf(of)).every(({ seq }) => seq !== null));
  const chain = await chainOf(of);
  expect(chain.broken_at).toBeNull();
  return chain;
}
