import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ApiClient, devToken } from '../system/api-client.js';
import { cairn } from '../system/cairn-command.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { CollectionClient } from './collection-client.js';

jest.setTimeout(90_000);

const V2 = '/api/v2';
const PATH = `${V2}/families`;
let system: TestSystem;

// No worker: what documents say is known when they are accepted.
beforeAll(async () => {
  system = await TestSystem.start({ services: ['api', 'dispatcher'], env: { LEARNT_ROUTES_MINUTES: '0' } });
}, 120_000);
afterAll(() => system?.stop());

interface Family {
  id: string;
  name: string;
  collections: { id: string; name: string }[];
  route: { field: string[]; learnt: boolean; complete: boolean | null; values: { value: unknown; collections: string[] }[] | null } | null;
}

const at = (name: string) => `${PATH}/${encodeURIComponent(name)}`;
const post = (client: ApiClient, body: object) => client.call<Family & { errors: { path: string }[] }>('POST', PATH, body);
const make = (client: ApiClient, body: object) => client.ok<Family>('POST', PATH, body);
const named = (client: ApiClient, name: string = randomUUID().replaceAll('-', ''), more: object = {}) => CollectionClient.make(client, { name, ...more });
const namesOf = async (client: ApiClient) => (await client.ok<{ families: Family[] }>('GET', PATH)).families.map(({ name }) => name);
const colleagueOf = (client: ApiClient) => system.client({ org: client.person.org, sub: randomUUID() });

describe('a family', () => {
  it('L2: is made of collections by name, alias or id, each once, is listed, shown, changed and deleted, and its collections stay', async () => {
    const client = system.client();
    const [a, b] = [await named(client, 'a'), await named(client, 'b')];
    await client.ok('PUT', `${V2}/aliases/other`, { collection_id: a.id });
    const made = await post(client, { name: 'all of them', collections: ['other', 'b', a.id.toUpperCase(), 'a'] });
    const members = [
      { id: a.id, name: 'a' },
      { id: b.id, name: 'b' },
    ];
    expect(made).toMatchObject({ status: 201, body: { name: 'all of them', collections: members, route: null, created_at: expect.any(String) } });
    expect(await client.ok('GET', at('all of them'))).toEqual(made.body);
    expect(await client.ok('GET', PATH)).toEqual({ families: [made.body] });
    const put = await client.ok<Family>('PUT', at('all of them'), { collections: ['b'], route: { field: 'v1\\.2.x' } });
    expect(put).toMatchObject({ id: made.body.id, collections: [members[1]], route: { field: ['v1.2', 'x'], learnt: true, values: null, complete: null } });
    expect(await client.ok('PUT', at('all of them'), { name: 'some', collections: ['a'] })).toMatchObject({ id: made.body.id, name: 'some', route: null });
    expect((await client.call('GET', at('all of them'))).status).toBe(404);
    expect((await client.call('DELETE', at('some'))).status).toBe(204);
    expect((await client.call('DELETE', at('some'))).status).toBe(404);
    expect((await client.call('PUT', at('some'), { collections: ['a'] })).status).toBe(404);
    for (const collection of [a, b]) expect((await client.call('GET', collection.path())).status).toBe(200);
  });

  it('L2: is not made of nothing, of too much, or under what cannot be a name', async () => {
    const client = system.client();
    await named(client, 'a');
    for (const body of [
      { name: 'x', collections: [] },
      { name: 'x' },
      { collections: ['a'] },
      { name: ' ', collections: ['a'] },
      { name: randomUUID(), collections: ['a'] },
      { name: 'é'.repeat(129), collections: ['a'] },
      { name: 'x', collections: Array.from({ length: 1_001 }, (_, n) => `c${n}`) },
      { name: 'x', collections: ['a'], route: 'model' },
    ])
      expect([body, (await post(client, body)).status]).toEqual([body, 422]);
    for (const route of [{}, { field: 5 }, { field: 'a..b' }, { field: 'model', feild: 1 }, { field: 'model', values: [], complete: false, more: 1 }])
      expect([route, (await post(client, { name: 'x', collections: ['a'], route })).status]).toEqual([route, 400]);
    expect(await namesOf(client)).toEqual([]);
  });

  it('L2: cannot take the name of a collection, of an alias or of another family, nor they its own', async () => {
    const client = system.client();
    const [a, b] = [await named(client, 'a'), await named(client, 'b')];
    await client.ok('PUT', `${V2}/aliases/other`, { collection_id: a.id });
    await make(client, { name: 'both', collections: ['a', 'b'] });
    await make(client, { name: 'one', collections: ['a'] });
    const conflict = { status: 409, body: { code: 'conflict' } };
    for (const name of ['a', 'other', 'both']) {
      expect(await post(client, { name, collections: ['b'] })).toMatchObject({ ...conflict, body: { errors: [{ path: 'name' }] } });
      expect(await client.call('PUT', at('one'), { name, collections: ['b'] })).toMatchObject(conflict);
    }
    expect(await client.call('POST', `${V2}/collections`, { name: 'both' })).toMatchObject(conflict);
    expect(await client.call('PATCH', b.path(), { name: 'both' })).toMatchObject(conflict);
    expect(await client.call('POST', b.path('/clone'), { name: 'both' })).toMatchObject(conflict);
    expect(await client.call('PUT', `${V2}/aliases/both`, { collection_id: a.id })).toMatchObject(conflict);
    expect(await client.ok('PUT', at('one'), { name: 'one', collections: ['a'] })).toMatchObject({ name: 'one' });
    await client.ok('DELETE', at('both'));
    expect(await client.ok('PATCH', b.path(), { name: 'both' })).toMatchObject({ name: 'both' });
    const stranger = system.client();
    await named(stranger, 'x');
    expect((await post(stranger, { name: 'one', collections: ['x'] })).status).toBe(201);
  });

  it('L2: a text that is wanted as its name, as an alias and as the name of a collection at once is one of them', async () => {
    const client = system.client();
    const [a, b] = [await named(client, 'a'), await named(client, 'b')];
    for (let times = 0; times < 15; times++) {
      const name = `wanted ${times}`;
      const replies = await Promise.all([
        post(client, { name, collections: ['a', b.id], route: { field: 'x' } }),
        client.call('PUT', `${V2}/aliases/${encodeURIComponent(name)}`, { collection_id: a.id }),
        client.call('PATCH', b.path(), { name }),
      ]);
      expect(replies.map(({ status }) => status).filter((status) => status !== 409)).toHaveLength(1);
      expect(replies.map(({ status }) => status).filter((status) => status < 300)).toHaveLength(1);
    }
  });

  it('L2: follows its collections when they are renamed, and loses those that are deleted', async () => {
    const client = system.client();
    const [a, b] = [await named(client, 'a'), await named(client, 'b')];
    await make(client, { name: 'both', collections: ['a', 'b'], route: { field: 'm', values: { x: ['a'], y: ['b', 'a'] } } });
    await client.ok('PATCH', a.path(), { name: 'c' });
    expect(await client.ok<Family>('GET', at('both'))).toMatchObject({
      collections: [{ name: 'b' }, { name: 'c' }],
      route: {
        values: [
          { value: 'x', collections: ['c'] },
          { value: 'y', collections: ['b', 'c'] },
        ],
      },
    });
    await client.ok('DELETE', a.path());
    expect(await client.ok<Family>('GET', at('both'))).toMatchObject({ collections: [{ name: 'b' }], route: { values: [{ value: 'y', collections: ['b'] }] } });
    await client.ok('DELETE', b.path());
    expect(await client.ok<Family>('GET', at('both'))).toMatchObject({ collections: [], route: { values: [] } });
    const viewer = new ApiClient(system.baseUrl, client.person, devToken({ org: client.person.org, sub: randomUUID() }, { role: 'viewer' }));
    expect([(await viewer.call('GET', at('both'))).status, await namesOf(viewer)]).toEqual([404, []]);
    expect((await client.call('DELETE', at('both'))).status).toBe(204);
  });
});

describe('who sees a family', () => {
  it('L2: sees the collections that he may read, and nothing of a family without one', async () => {
    const owner = system.client();
    const colleague = colleagueOf(owner);
    const [shown, hidden] = [await named(owner, 'shown', { is_public: true }), await named(owner, 'hidden')];
    const values = { both: ['shown', 'hidden'], secret: ['hidden'] };
    await make(owner, { name: 'mixed', collections: ['shown', 'hidden'], route: { field: 'm', values } });
    await make(owner, { name: 'secret', collections: [hidden.id] });
    expect(await namesOf(owner)).toEqual(['mixed', 'secret']);
    expect(await namesOf(colleague)).toEqual(['mixed']);
    const seen = await colleague.ok<Family>('GET', at('mixed'));
    expect(seen).toMatchObject({
      collections: [{ id: shown.id, name: 'shown' }],
      route: { complete: true, values: [{ value: 'both', collections: ['shown'] }] },
    });
    expect(JSON.stringify(seen)).not.toMatch(/hidden|secret/);
    const told = async (method: string, name: string, body?: object) => {
      const { status, body: problem } = await colleague.call(method, at(name), body);
      return [status, problem.detail];
    };
    for (const [method, body] of [['GET'], ['DELETE'], ['PUT', { collections: ['shown'] }]] as const)
      expect(await told(method, 'secret', body)).toEqual(await told(method, 'absent', body));
    expect((await post(colleague, { name: 'secret', collections: ['shown'] })).status).toBe(409);
  });

  it('L2: names no collection that he may not read, which is told as one of nobody', async () => {
    const owner = system.client();
    const colleague = colleagueOf(owner);
    await named(owner, 'hidden');
    await named(owner, 'shown', { is_public: true });
    const told = async (client: ApiClient, name: string, body: (name: string) => object) => {
      const { status, body: problem } = await post(client, { name: 'mine', ...body(name) });
      return [
        status,
        JSON.stringify({ ...problem, reference: '', instance: '' })
          .replaceAll(name, '<name>')
          .replace(/"[^"]*reference":"[^"]*"/g, ''),
      ];
    };
    for (const body of [
      (name: string) => ({ collections: ['shown', name] }),
      (name: string) => ({ collections: ['shown'], route: { field: 'm', values: { x: ['shown', name] } } }),
    ]) {
      const [foreign, absent] = [await told(colleague, 'hidden', body), await told(colleague, 'absent', body)];
      expect(foreign[0]).toBe(400);
      expect(foreign).toEqual(absent);
      expect((await told(system.client(), 'hidden', body))[0]).toBe(400);
    }
    expect(await namesOf(colleague)).toEqual([]);
  });

  it('L2: takes no collection away that he does not see, whatever else he changes', async () => {
    const owner = system.client();
    const colleague = colleagueOf(owner);
    for (const [name, is_public] of [
      ['shown', true],
      ['hidden', false],
      ['more', true],
    ] as const)
      await named(owner, name, { is_public });
    await make(owner, { name: 'mixed', collections: ['shown', 'hidden'], route: { field: 'm', values: { x: ['shown'], y: ['hidden'] } } });
    await colleague.ok('PUT', at('mixed'), { collections: ['more'], route: { field: ['m'], values: { z: ['more'] }, complete: false } });
    const valuesOf = async () => (await owner.ok<Family>('GET', at('mixed'))).route?.values?.map(({ value }) => value).sort();
    expect(await owner.ok<Family>('GET', at('mixed'))).toMatchObject({ collections: [{ name: 'hidden' }, { name: 'more' }], route: { complete: false } });
    expect(await valuesOf()).toEqual(['y', 'z']);
    await colleague.ok('PUT', at('mixed'), { collections: ['more'], route: { field: 'another', values: { z: ['more'] } } });
    expect(await owner.ok<Family>('GET', at('mixed'))).toMatchObject({ collections: [{ name: 'hidden' }, { name: 'more' }] });
    expect(await valuesOf()).toEqual(['z']);
  });

  it('L2: needs the scope write to change it, and a key that reaches some collections reaches what they are in', async () => {
    const client = system.client();
    await named(client, 'a');
    await named(client, 'b');
    await make(client, { name: 'of a', collections: ['a'] });
    await make(client, { name: 'of b', collections: ['b'] });
    const keyWith = async (body: object) => {
      const { key } = await client.ok<{ key: string }>('POST', '/api-keys', { name: 'k', ...body });
      return new ApiClient(system.baseUrl, client.person, key);
    };
    const reading = await keyWith({ scopes: ['read'] });
    expect(await namesOf(reading)).toEqual(['of a', 'of b']);
    expect((await post(reading, { name: 'x', collections: ['a'] })).status).toBe(403);
    for (const [method, body] of [['DELETE'], ['PUT', { collections: ['a'] }]] as const)
      expect((await reading.call(method, at('of a'), body)).status).toBe(403);
    const limited = await keyWith({ scopes: ['write'], collections: ['a'] });
    expect(await namesOf(limited)).toEqual(['of a']);
    expect((await post(limited, { name: 'x', collections: ['b'] })).status).toBe(400);
    expect((await limited.call('DELETE', at('of b'))).status).toBe(404);
  });
});

describe('a declared route', () => {
  it('L2: says of each value which collections have it, whatever its type', async () => {
    const client = system.client();
    for (const name of ['a', 'b']) await named(client, name);
    const values = [
      { value: 5, collections: ['a'] },
      { value: 'five', collections: ['a', 'b'] },
      { value: 1.5, collections: ['b'] },
      { value: false, collections: ['b'] },
    ];
    const { route } = await make(client, { name: 'f', collections: ['a', 'b'], route: { field: ['org', 'a.b'], values } });
    expect(route).toEqual({ field: ['org', 'a.b'], learnt: false, complete: true, values });
    expect(await client.ok('PUT', at('f'), { collections: ['a', 'b'], route: { field: 'n', values: { '5': ['a'] }, complete: false } })).toMatchObject({
      route: { field: ['n'], complete: false, values: [{ value: '5', collections: ['a'] }] },
    });
  });

  it('L2: a complete map that leaves out a member, and a map that names somebody else, are refused with the name', async () => {
    const client = system.client();
    for (const name of ['a', 'b', 'c', 'd']) await named(client, name);
    const of = (route: object) => post(client, { name: 'f', collections: ['a', 'b', 'c'], route: { field: 'm', ...route } });
    for (const more of [{}, { complete: true }]) {
      const { status, body } = await of({ values: { x: ['b'] }, ...more });
      expect(body).toMatchObject({ code: 'bad_request', errors: [{ path: 'route.values' }], detail: expect.stringMatching(/"a", "c";.*"complete": false/) });
      expect(status).toBe(400);
    }
    for (const complete of [true, false])
      expect(await of({ values: { x: ['a', 'b', 'c', 'd'] }, complete })).toMatchObject({ status: 400, body: { detail: expect.stringContaining('"d"') } });
    expect(await of({ complete: true })).toMatchObject({ status: 400, body: { errors: [{ path: 'route.complete' }] } });
    expect((await of({ values: { x: ['b'] }, complete: false })).status).toBe(201);
  });
});

describe('cairn families', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-families-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (client: ApiClient, ...args: string[]) => cairn(client, ['families', ...args]);

  it('L2: makes, lists, shows and deletes families', async () => {
    const client = system.client();
    for (const name of ['a', 'b']) await named(client, name);
    const file = join(folder, 'values.json');
    writeFileSync(file, JSON.stringify({ Invoice: ['a'] }));
    expect(await run(client, 'list')).toEqual({ code: 0, out: 'no families yet\n', err: '' });
    expect(await run(client, 'create', 'both', 'a', 'b', '--route', 'model', '--values', file, '--open')).toMatchObject({ code: 0 });
    expect(await run(client, 'create', 'learnt', 'a', '--route', 'model')).toMatchObject({ code: 0 });
    expect((await run(client, 'list')).out).toBe('both  a, b\nlearnt  a\n');
    expect(JSON.parse((await run(client, 'show', 'both')).out)).toMatchObject({
      route: { complete: false, values: [{ value: 'Invoice', collections: ['a'] }] },
    });
    expect(await run(client, 'create', 'third', 'a', 'b', '--route', 'model', '--values', file)).toMatchObject({
      code: 1,
      err: expect.stringContaining('"b"'),
    });
    expect(await run(client, 'delete', 'both')).toMatchObject({ code: 0 });
    expect(await namesOf(client)).toEqual(['learnt']);
    for (const args of [['create', 'x'], ['show'], ['nonsense'], ['create', 'x', 'a', '--open'], ['list', '--wrong']])
      expect((await run(client, ...args)).code).toBe(2);
  });
});

describe('a learnt route', () => {
  const known = (client: ApiClient) =>
    system.database
      .sql<{ what: unknown }>('SELECT what FROM learnt_values WHERE org_id = $1 ORDER BY what::text', [client.person.org])
      .then((rows) => rows.map(({ what }) => what));

  it('L2: is learnt from documents that are sent, replaced and described anew, and forgets what is gone', async () => {
    const client = system.client();
    const a = await named(client, 'a');
    const { documents } = await a.send([{ external_id: '1', text: 'x', metadata: { model: 'Invoice' } }]);
    await make(client, { name: 'f', collections: ['a'], route: { field: 'model' } });
    expect(await known(client)).toEqual([['Invoice']]);
    await a.send([
      { external_id: '1', text: 'x', metadata: { model: 'Letter' } },
      { external_id: '2', text: 'y', metadata: { model: ['Order'] } },
    ]);
    expect(await known(client)).toEqual(expect.arrayContaining([['Letter'], ['Order']]));
    await client.ok('PATCH', `${V2}/documents/${documents[0]?.id}`, { metadata: {} });
    expect(await known(client)).toEqual(expect.arrayContaining([[], ['Order']]));
    await until('what is gone to be dropped', async () => (await known(client)).length === 2);
    expect(await known(client)).toEqual([['Order'], []]);
    await client.ok('DELETE', at('f'));
    await until('all of it to be forgotten', async () => (await known(client)).length === 0);
  });

  it('L2: families that are made while documents are sent know all of them', async () => {
    const client = system.client();
    const collections = await Promise.all([named(client), named(client), named(client)]);
    const ids = collections.map(({ id }) => id);
    const send = async (worker: number) => {
      for (let n = 0; n < 10; n++) {
        const documents = Array.from({ length: 5 }, (_, at) => ({
          external_id: `${(at * 7 + worker) % 11}`,
          text: 'x',
          metadata: { model: `${worker} ${n} ${at}` },
        }));
        await (collections[(worker + n) % 3] as CollectionClient).send(documents);
      }
    };
    const found = async () => {
      for (let n = 0; n < 6; n++)
        await make(client, { name: `f${n}`, collections: n % 2 ? ids : ids.toReversed(), route: { field: n < 3 ? 'model' : ['model'] } });
    };
    await Promise.all([send(0), send(1), send(2), send(3), found()]);
    const missing = await system.database.sql(
      `SELECT d.metadata FROM documents d JOIN learnt_fields f ON f.org_id = d.org_id AND f.collection_id = d.collection_id
        WHERE d.org_id = $1 AND NOT EXISTS (SELECT FROM learnt_values v WHERE v.org_id = f.org_id AND v.field_id = f.id AND v.what = jsonb_build_array(d.metadata->'model'))`,
      [client.person.org],
    );
    const [fields] = await system.database.sql<{ n: number }>('SELECT count(*)::int AS n FROM learnt_fields WHERE org_id = $1', [client.person.org]);
    expect([fields?.n, missing]).toEqual([3, []]);
  });
});
