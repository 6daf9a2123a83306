import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ApiClient, newPerson } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { CollectionClient, type CollectionReply, type Sent } from './collection-client.js';

jest.setTimeout(90_000);

const V2 = '/api/v2';
let system: TestSystem;
beforeAll(async () => {
  system = await TestSystem.start();
}, 120_000);
afterAll(() => system?.stop());

const make = (as: ApiClient, settings: object = {}) => CollectionClient.make(as, settings);
const list = (client: ApiClient, query = '') =>
  client.ok<{ collections: CollectionReply[]; total: number; page: number; per_page: number }>('GET', `${V2}/collections${query}`);

describe('collections', () => {
  it('K1, K5: are made, listed by pages, found by name and read as the seeds have it, also after a restart', async () => {
    const client = system.client();
    for (let i = 0; i < 24; i++) await make(client, { name: `plain ${i}` });
    const asked = {
      name: 'Technical 100% Documentation',
      description: 'Company docs',
      quantization: 'float16',
      chunk_size: 500,
      chunk_overlap: 50,
      is_public: false,
    };
    const made = await client.ok<CollectionReply>('POST', `${V2}/collections`, asked);
    expect(made).toMatchObject({ ...asked, id: expect.any(String), initial_operation_id: expect.any(String), your_role: 'owner' });
    const pages = [await list(client, '?page=1&per_page=20'), await list(client, '?page=2&per_page=20')];
    expect(pages.map(({ total, page, per_page, collections }) => [total, page, per_page, collections.length])).toEqual([
      [25, 1, 20, 20],
      [25, 2, 20, 5],
    ]);
    const ids = pages.flatMap(({ collections }) => collections.map(({ id }) => id));
    expect(new Set(ids).size).toBe(25);
    const named = async (search: string) => (await list(client, `?search=${encodeURIComponent(search)}`)).collections.map(({ name }) => name);
    expect([await named('techn'), await named('100%'), await named('1_0'), await named('nothing')]).toEqual([[asked.name], [asked.name], [], []]);
    const detail = await new CollectionClient(client, made.id).is('ready');
    expect(Object.keys(detail)).toEqual(
      expect.arrayContaining(['owner_id', 'vector_store_name', 'embedding_model', 'status', 'document_count', 'total_chunks', 'total_size_bytes', 'sources']),
    );
    expect(detail.recent_operations).toEqual([expect.objectContaining({ uuid: made.initial_operation_id, type: 'index', status: 'completed' })]);
    expect((detail.vector_store_name as string).startsWith(made.id)).toBe(true);
    await system.restart('api');
    expect((await list(client, '?per_page=100')).collections.map(({ id }) => id)).toEqual(ids);
  });

  it('K2: have names of their own in their organisation, whoever asks at once', async () => {
    const [one, other] = [system.client(), system.client()];
    const body = { name: 'the only one' };
    const replies = await Promise.all(Array.from({ length: 20 }, () => one.call('POST', '/collections', body)));
    expect(replies.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
    expect((await other.call('POST', `${V2}/collections`, body)).status).toBe(201);
    const second = await make(one, { name: 'the second' });
    expect(await one.call('PATCH', second.path(), body)).toMatchObject({ status: 409, body: { code: 'conflict', errors: [{ path: 'name' }] } });
  });

  it('K4: count what the database has, after additions, replacements and deletions', async () => {
    const client = system.client();
    const collection = await make(client, { chunk_size: 20, chunk_overlap: 0 });
    const [first] = (await collection.add([
      { external_id: 'a', text: 'A short story. '.repeat(20) },
      { external_id: 'b', text: 'Größe' },
    ])) as [Sent];
    const counted = async () => {
      const { document_count, total_chunks, vector_count, total_size_bytes } = await collection.detail();
      const [rows] = await system.database.sql(
        `SELECT (SELECT count(*)::int FROM documents WHERE collection_id = $1 AND deleted_at IS NULL) AS document_count,
          (SELECT count(*)::int FROM chunks ch JOIN collections c ON c.serving_index_id = ch.index_id WHERE c.id = $1) AS total_chunks,
          (SELECT sum(size_bytes)::int FROM documents WHERE collection_id = $1 AND deleted_at IS NULL) AS total_size_bytes`,
        [collection.id],
      );
      expect({ document_count, total_chunks, total_size_bytes }).toEqual(rows);
      expect(vector_count).toBe(total_chunks);
      return document_count;
    };
    expect(await counted()).toBe(2);
    await collection.add([{ external_id: 'b', text: 'Another size altogether. '.repeat(12) }]);
    expect(await counted()).toBe(2);
    await collection.delete(first.id);
    expect(await counted()).toBe(1);
  });

  it('K6, K16: can be changed in what is said of them only, and keep the name of their store', async () => {
    const collection = await make(system.client());
    const { client } = collection;
    const before = await collection.detail();
    for (const [field, value] of Object.entries({
      embedding_model: 'mock',
      chunk_size: 50,
      quantization: 'int8',
      type: 'documents',
      owner_id: 0,
      vector_store_name: 'another',
    })) {
      const reply = await client.call('PATCH', collection.path(), { name: 'not this either', [field]: value });
      expect([field, reply.status, JSON.stringify(reply.body).includes(field)]).toEqual([field, 400, true]);
    }
    // The status may have changed since it was read.
    const read = { ...(await collection.detail()), status: 'pending' };
    expect((await client.call('PATCH', collection.path(), read)).status).toBe(200);
    const said = { name: 'renamed', description: 'in other words', is_public: true, metadata: { team: 7 } };
    expect(await client.ok('PUT', `/collections/${collection.id}`, said)).toMatchObject(said);
    const settled = ({ vector_store_name, embedding_model, chunk_size }: CollectionReply) => ({ vector_store_name, embedding_model, chunk_size });
    expect(await collection.detail()).toMatchObject({ ...said, ...settled(before) });
  });

  it('K7: that are deleted are gone at once with all that is in them, and their name is free', async () => {
    const client = system.client();
    const collection = await make(client, { name: 'short lived' });
    const folder = join(system.sources, 'short-lived');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.txt'), 'a mayfly in a file');
    const [{ id }] = (await collection.add([{ external_id: '1', text: 'an ephemeral mayfly' }])) as [Sent];
    expect((await collection.source({ source_type: 'directory', source_path: folder })).status).toBe('completed');
    const pending = await collection.send(Array.from({ length: 20 }, (_, i) => ({ external_id: `p${i}`, text: `mayfly number ${i}` })));
    expect((await client.call('DELETE', collection.path())).status).toBe(204);
    for (const path of [collection.path(), collection.path('/documents'), `/documents/${id}`, `/documents/${id}/content`, `/documents/${id}/chunks`])
      expect([path, (await client.call('GET', path)).status]).toEqual([path, 404]);
    expect((await client.call('POST', `${V2}/search`, { query: 'mayfly', collection_uuids: [collection.id] })).status).toBe(404);
    expect((await client.ok<{ results: object[] }>('POST', `${V2}/search`, { query: 'mayfly' })).results).toEqual([]);
    expect(await (await make(client, { name: 'short lived' })).texts('mayfly')).toEqual([]);
    await collection.ended(pending.operation_id);
    const org = [client.person.org];
    const left = async () => {
      // Of a document a tombstone stays, which says nothing of what it was.
      const kept = `documents WHERE (deleted_at IS NULL OR title IS NOT NULL OR file_name <> '' OR metadata <> '{}')`;
      const tables = ['chunks', 'manifests', 'sources', 'vectors', 'job_inputs'].map((table) => `${table} WHERE true`);
      const counts = [kept, ...tables].map(async (rows) => [rows, (await system.database.sql(`SELECT 1 FROM ${rows} AND org_id = $1`, org)).length] as const);
      return (await Promise.all(counts)).filter(([, count]) => count > 0);
    };
    await until('all rows to be gone', async () => ((await left()).length === 0 ? true : Promise.reject(new Error(String(await left())))));
  });

  it('K11: for web pages only take no documents, and their unknown kinds are refused', async () => {
    const client = system.client();
    const pages = await make(client, { type: 'webpages' });
    expect((await client.call('POST', pages.path('/documents'), { documents: [{ text: 'x' }] })).status).toBe(400);
    expect((await pages.upload([['a.txt', 'x']])).status).toBe(400);
    expect((await client.call('POST', `${V2}/collections`, { name: 'x', type: 'films' })).status).toBe(422);
    expect((await pages.detail()).document_count).toBe(0);
    const files = await make(client, { type: 'documents' });
    const sources = (collection: CollectionClient, body: object) => client.call('POST', collection.path('/sources'), body);
    const [page, folder] = [
      { source_type: 'url', source_path: 'https://example.com/' },
      { source_type: 'directory', source_path: system.sources },
    ];
    for (const refused of [await sources(files, page), await sources(pages, folder)])
      expect(refused).toMatchObject({ status: 400, body: { errors: [{ path: 'source_type' }] } });
    expect((await sources(files, folder)).status).toBe(202);
    expect([(await files.detail()).sources.length, (await pages.detail()).sources.length]).toEqual([1, 0]);
  });

  it('J15, J16: are indexed as tasks of the second seed, which live on when the api does not', async () => {
    const client = system.client();
    const collection = await make(client);
    await collection.add([{ external_id: '1', text: 'one text' }]);
    const { task_id } = await client.ok<{ task_id: string }>('POST', `/collections/${collection.id}/index`);
    await system.restart('api');
    expect((await until('the task', async () => client.ok('GET', `/indexing/${task_id}`))) as object).toMatchObject({ id: task_id, type: 'index' });
    await collection.completed(task_id);
    expect((await client.ok<{ operations: { id: string }[] }>('GET', '/indexing')).operations.map(({ id }) => id)).toContain(task_id);
    const operations = await client.ok<object[]>('GET', collection.path('/operations?limit=1'));
    expect(operations).toEqual([expect.objectContaining({ id: task_id, uuid: task_id, status: 'completed', progress: expect.any(Object) })]);
    for (const path of [`/documents/indexing-status?collection_id=${collection.id}`, `/collection-stats/${collection.id}/indexing-status`])
      expect(await client.ok('GET', path)).toEqual({ indexed: 1, unindexed: 0, progress_percent: 100 });
  });

  it('J11: are listed as they are asked for, with their number and where the feed of events goes on', async () => {
    const client = system.client();
    const [one, other] = [await make(client), await make(client)];
    for (const collection of [one, other]) await collection.add([{ external_id: '1', text: 'one text' }]);
    await client.ok('POST', one.path('/reindex'), { force: true });
    const list = (query: string) =>
      client.call<{ operations: { id: string; type: string; collection_id: string }[]; total: number }>('GET', `/api/v2/operations?${query}`);
    const { body: all, headers } = await list('per_page=1');
    expect([all.operations.length, all.total]).toEqual([1, (await list('')).body.operations.length]);
    const { body: ofOne } = await list(`collection_id=${one.id}`);
    expect([new Set(ofOne.operations.map(({ collection_id }) => collection_id)), ofOne.total]).toEqual([new Set([one.id]), ofOne.operations.length]);
    expect((await list(`collection_id=${one.id}&type=reindex`)).body).toMatchObject({ operations: [{ type: 'reindex' }], total: 1 });
    const { name } = await client.ok<{ name: string }>('GET', one.path(''));
    expect((await list(`collection_id=${encodeURIComponent(name)}`)).body.total).toBe(ofOne.total);
    expect((await list('collection_id=nobody')).status).toBe(404);
    expect((await list(`collection_id=${one.id}&type=reindex&status=cancelled`)).body).toMatchObject({ operations: [], total: 0 });
    expect((await list('type=none')).status).toBe(422);
    for (const cursor of [headers.get('x-cairn-events-cursor'), (await client.call('GET', one.path('/operations'))).headers.get('x-cairn-events-cursor')])
      expect((await client.call('GET', `/events?since=${cursor}`, undefined, { accept: 'application/json' })).status).toBe(200);
  });

  it('T11: are refused with what is wrong, and nothing is made', async () => {
    const client = system.client();
    const rows: [body: object, status: number, field: string][] = [
      [{}, 422, 'name'],
      [{ name: '' }, 422, 'name'],
      [{ name: '  ' }, 422, 'name'],
      [{ name: 7 }, 422, 'name'],
      [{ name: 'é'.repeat(129) }, 422, 'name'],
      [{ name: 'a', chunk_size: 0 }, 422, 'chunk_size'],
      [{ name: 'a', chunk_size: 100, chunk_overlap: 100 }, 422, 'chunk_overlap'],
      [{ name: 'a', quantization: 'int3' }, 422, 'quantization'],
      [{ name: 'a', embedding_model: 'nope' }, 400, '"path":"embedding_model"'],
      [{ name: 'a', embedding_model: 'BAAI/bge-small-en-v1.5' }, 400, 'cairn models pull'],
      [{ name: 'a', chunking_strategy: 'guess' }, 422, 'strategy'],
      [{ name: 'a', metadata: 'x' }, 422, 'metadata'],
    ];
    for (const [body, status, field] of rows) {
      const reply = await client.call('POST', `${V2}/collections`, body);
      expect([body, reply.status, JSON.stringify(reply.body).includes(field)]).toEqual([body, status, true]);
    }
    expect((await list(client)).total).toBe(0);
  });

  it('T11: refuse bad documents, and none of a request with a bad one is kept', async () => {
    const collection = await make(system.client());
    const good = { external_id: 'good', text: 'a good one' };
    const rows: [documents: unknown, path: string][] = [
      [[], 'documents'],
      ['x', 'documents'],
      [Array.from({ length: 1_001 }, () => ({ text: 'x' })), 'documents'],
      [[good, { external_id: 'a' }], 'documents[1].text'],
      [[good, { text: 5 }], 'documents[1].text'],
      [[good, { text: 'x', metadata: 'y' }], 'documents[1].metadata'],
      [[good, { text: 'x', external_id: 'x'.repeat(5_000) }], 'documents[1].external_id'],
      [[good, { text: 'x', mime_type: 'text' }], 'documents[1].mime_type'],
      [[good, { text: 'a \ud800 b' }], 'documents[1].text'],
      [[good, 7], 'documents[1]'],
    ];
    for (const [documents, path] of rows) {
      const { status, body } = await collection.client.call<{ errors?: { path: string }[] }>('POST', collection.path('/documents'), { documents });
      expect([path, status, body.errors?.map((error) => error.path)]).toEqual([path, 422, expect.arrayContaining([expect.stringContaining(path)])]);
    }
    expect([await collection.documents(), await collection.texts('good')]).toEqual([[], []]);
  });
});

describe('who may do what with a collection', () => {
  /** Roles in the order of what they may do. */
  const ROLES = ['stranger', 'public', 'read', 'write', 'admin', 'owner'] as const;
  type Role = (typeof ROLES)[number];
  type Try = [route: string, needed: Role, path: (things: Record<string, string>) => string, body?: object];

  const TRIES: Try[] = [
    ['GET', 'public', ({ id }) => `/collections/${id}`],
    ['GET', 'public', ({ id }) => `/collections/${id}/documents`],
    ['GET', 'public', ({ id }) => `/collections/${id}/operations`],
    ['GET', 'public', ({ document }) => `/documents/${document}`],
    ['GET', 'public', ({ document }) => `/documents/${document}/chunks`],
    ['GET', 'public', ({ document }) => `/documents/${document}/ledger`],
    ['GET', 'public', ({ operation }) => `/operations/${operation}`],
    ['POST', 'public', () => '/search'],
    ['POST', 'write', ({ id }) => `/collections/${id}/documents`, { documents: [{ external_id: 'one', text: 'a shared meadow' }] }],
    ['POST', 'write', ({ id }) => `/collections/${id}/reindex`, {}],
    ['PATCH', 'write', ({ document }) => `/documents/${document}`, { metadata: { seen: true } }],
    ['PUT', 'write', ({ document }) => `/documents/${document}`, { text: 'a shared meadow' }],
    ['DELETE', 'write', ({ id }) => `/collections/${id}/sources?source_path=/nothing`],
    ['DELETE', 'write', ({ done }) => `/operations/${done}`],
    ['PATCH', 'admin', ({ id }) => `/collections/${id}`, { description: 'changed' }],
    ['DELETE', 'owner', ({ spare }) => `/collections/${spare}`],
  ];

  it('T9: follows from being its owner, from a share, or from its being public; strangers do not know that it is there', async () => {
    const owner = system.client();
    const people = Object.fromEntries(ROLES.map((role) => [role, role === 'owner' ? owner : system.client({ org: owner.person.org, sub: randomUUID() })]));
    for (const client of Object.values(people)) await list(client as ApiClient); // they become users of the organisation
    const users = await system.database.sql<{ id: string; subject: string }>('SELECT id, subject FROM users WHERE org_id = $1', [owner.person.org]);
    for (const role of ROLES.toReversed()) {
      const settings = { is_public: role === 'public' };
      const [collection, spare] = [await make(owner, settings), await make(owner, settings)];
      const sent = await collection.send([{ external_id: 'one', text: 'a shared meadow' }]);
      await collection.completed(sent.operation_id);
      const client = people[role] as ApiClient;
      const userId = users.find(({ subject }) => subject === client.person.sub)?.id;
      if (['read', 'write', 'admin'].includes(role)) {
        for (const { id } of [collection, spare])
          await system.database.sql('INSERT INTO collection_shares (org_id, collection_id, user_id, role) VALUES ($1, $2, $3, $4)', [
            owner.person.org,
            id,
            userId,
            role,
          ]);
      }
      const things = { id: collection.id, spare: spare.id, document: sent.documents[0]?.id as string, operation: sent.operation_id, done: sent.operation_id };
      for (const [method, needed, path, body] of TRIES) {
        const { status } = await client.call(
          method,
          V2 + path(things),
          path(things) === '/search' ? { query: 'meadow', collection_uuids: [collection.id] } : body,
        );
        const may = ROLES.indexOf(role) >= ROLES.indexOf(needed);
        const expected = role === 'stranger' ? 404 : may ? expect.not.stringMatching(/^(401|403)$/) : '403';
        expect([role, method, path(things), String(status)]).toEqual([role, method, path(things), typeof expected === 'number' ? String(expected) : expected]);
        if (may && needed === 'public') expect([role, method, path(things), status]).toEqual([role, method, path(things), 200]);
      }
      const listed = (await list(client, '?per_page=100')).collections.map(({ id }) => id);
      expect([role, listed.includes(collection.id)]).toEqual([role, role !== 'stranger']);
      const found = await client.ok<{ results: { collection_id: string }[] }>('POST', `${V2}/search`, { query: 'meadow', k: 100 });
      expect([role, found.results.some(({ collection_id }) => collection_id === collection.id)]).toEqual([role, role !== 'stranger']);
    }
  });

  it('T8: a key that reads writes nothing, and one that is limited to collections reaches no others', async () => {
    const owner = system.client();
    const [mine, other] = [await make(owner), await make(owner)];
    const [, document] = [await mine.add([{ text: 'a lantern in the hall' }]), (await other.add([{ text: 'a lantern in the yard' }]))[0] as Sent];
    const keyOf = async (body: object) =>
      new ApiClient(system.baseUrl, newPerson(), (await owner.ok<{ key: string }>('POST', '/api-keys', { name: 'k', ...body })).key);

    const reader = await keyOf({ scopes: ['read'] });
    expect((await reader.ok<{ results: object[] }>('POST', `${V2}/search`, { query: 'lantern' })).results).toHaveLength(2);
    for (const [method, path, body] of [
      ['POST', `${V2}/collections`, { name: 'x' }],
      ['POST', mine.path('/documents'), { documents: [{ text: 'x' }] }],
      ['POST', mine.path('/sources'), { source_type: 'directory', source_path: system.sources }],
      ['POST', mine.path('/reindex'), {}],
      ['PATCH', `${V2}/documents/${document.id}`, { title: 'x' }],
      ['DELETE', mine.path(), undefined],
    ] as const)
      expect([path, (await reader.call(method, path, body)).status]).toEqual([path, 403]);

    const limited = await keyOf({ scopes: ['write'], collections: [mine.id] });
    const found = await limited.ok<{ results: { collection_id: string }[] }>('POST', `${V2}/search`, { query: 'lantern' });
    expect(found.results.map(({ collection_id }) => collection_id)).toEqual([mine.id]);
    expect((await list(limited)).collections.map(({ id }) => id)).toEqual([mine.id]);
    expect((await mine.as(limited).send([{ text: 'a lamp' }])).documents).toHaveLength(1);
    for (const [method, path, body] of [
      ['GET', other.path(), undefined],
      ['GET', `${V2}/documents/${document.id}`, undefined],
      ['DELETE', `${V2}/documents/${document.id}`, undefined],
      ['POST', other.path('/documents'), { documents: [{ text: 'x' }] }],
      ['POST', `${V2}/search`, { query: 'lantern', collection_uuids: [other.id] }],
    ] as const)
      expect([path, (await limited.call(method, path, body)).status]).toEqual([path, 404]);
    expect((await limited.call('POST', `${V2}/collections`, { name: 'a new one' })).status).toBe(403);
    expect((await limited.call('GET', '/jobs')).status).toBe(403);
  });
});
