import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type ApiClient, newPerson } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { CollectionClient } from './collection-client.js';

jest.setTimeout(90_000);

const V2 = '/api/v2';
let system: TestSystem;
beforeAll(async () => {
  system = await TestSystem.start();
}, 120_000);
afterAll(() => system?.stop());

const put = (client: ApiClient, alias: string, { id }: { id: string }) =>
  client.call('PUT', `${V2}/aliases/${encodeURIComponent(alias)}`, { collection_id: id });
const searchIn = (client: ApiClient, collection: string) =>
  client.call<{ results: { document_id: string; text: string; score: number }[] }>('POST', `${V2}/search`, {
    query: 'lantern',
    collection_uuids: [collection],
    search_mode: 'sparse',
  });
const textsIn = async (client: ApiClient, collection: string) => (await searchIn(client, collection)).body.results.map(({ text }) => text);

async function collectionWith(client: ApiClient, text: string, settings: object = {}): Promise<CollectionClient> {
  const collection = await CollectionClient.make(client, settings);
  await collection.add([{ external_id: 'one', text }]);
  return collection;
}

describe('aliases', () => {
  it('K12: a search by alias, or by name, is the search by id', async () => {
    const client = system.client();
    const collection = await collectionWith(client, 'a lantern in the hall', { name: 'brs – Handbuch 7%' });
    expect(await put(client, 'kfc/b', collection)).toMatchObject({ status: 200, body: { alias: 'kfc/b', collection_id: collection.id } });
    const { body: byId } = await searchIn(client, collection.id);
    for (const name of ['kfc/b', 'brs – Handbuch 7%']) expect((await searchIn(client, name)).body.results).toEqual(byId.results);
    const single = { query: 'lantern', collection_id: 'kfc/b', search_mode: 'sparse' };
    expect((await client.ok<{ results: object[] }>('POST', `${V2}/search/single`, single)).results).toEqual(byId.results);
    const twice = { query: 'lantern', collection_uuids: ['kfc/b', collection.id, 'brs – Handbuch 7%'], search_mode: 'sparse' };
    expect((await client.ok<{ results: object[] }>('POST', `${V2}/search`, twice)).results).toEqual(byId.results);
  });

  it('K12: an alias or a name stands in an address in the place of the id', async () => {
    const client = system.client();
    const collection = await collectionWith(client, 'a lantern in the hall', { name: 'the hall' });
    await put(client, 'legacy', collection);
    for (const name of ['legacy', 'the hall']) {
      const path = `${V2}/collections/${encodeURIComponent(name)}`;
      expect(await client.ok('GET', path)).toMatchObject({ id: collection.id });
      expect(await client.ok('GET', `${path}/documents`)).toMatchObject({ total: 1 });
      expect(await client.ok('GET', `/collections/${encodeURIComponent(name)}/indexing-status`)).toMatchObject({ indexed: 1 });
    }
    expect(await client.ok('PATCH', `${V2}/collections/legacy`, { description: 'changed' })).toMatchObject({ id: collection.id, description: 'changed' });
    for (const nothing of ['nobody', 'nul%00byte', '%20']) expect((await client.call('GET', `${V2}/collections/${nothing}`)).status).toBe(404);
  });

  it('K12: an alias or a name stands in the fields that name a collection', async () => {
    const client = system.client();
    const told = { accept: 'application/json' };
    const { cursor } = await client.ok<{ cursor: string }>('GET', '/events', undefined, told);
    const collection = await collectionWith(client, 'a lantern in the hall', { name: 'the fields' });
    await collectionWith(client, 'a lantern elsewhere');
    await put(client, 'brs', collection);
    for (const name of ['brs', 'the fields', collection.id.toUpperCase()]) {
      const asked = `collection_id=${encodeURIComponent(name)}`;
      expect(await client.ok('GET', `/documents/indexing-status?${asked}`)).toMatchObject({ indexed: 1 });
      expect(await client.ok('GET', `${V2}/quotas?${asked}`)).toMatchObject({ collection_id: collection.id, quotas: { documents: { used: 1 } } });
      expect(await client.ok('PUT', `${V2}/quotas`, { collection_id: name, documents: 7 })).toMatchObject({ collection_id: collection.id });
      expect(await client.ok('PUT', `${V2}/aliases/kfc`, { collection_id: name })).toMatchObject({ collection_id: collection.id });
      const { events } = await client.ok<{ events: { collection_id: string }[] }>(
        'GET',
        `/events?since=${encodeURIComponent(cursor)}&${asked}`,
        undefined,
        told,
      );
      expect(new Set(events.map(({ collection_id }) => collection_id))).toEqual(new Set([collection.id]));
    }
    const statusOf = async (name: string) => (await client.call('GET', `/documents/indexing-status?collection_id=${name}`)).status;
    expect([await statusOf('nobody'), await statusOf(randomUUID()), await statusOf(''), await statusOf('a%00')]).toEqual([404, 404, 422, 422]);
    for (const [method, path] of [
      ['PUT', `${V2}/aliases/a`],
      ['PUT', `${V2}/quotas`],
    ] as const)
      expect((await client.call(method, path, { collection_id: 'nobody' })).status).toBe(404);
  });

  it('K12: is moved at once, whoever moves it at the same moment, and never names nothing', async () => {
    const client = system.client();
    const [old, next] = [await collectionWith(client, 'the old lantern'), await collectionWith(client, 'the new lantern')];
    await put(client, 'current', old);
    const seen = new Set<string>();
    let over = false;
    const watching = (async () => {
      while (!over) {
        const { status, body } = await searchIn(client, 'current');
        seen.add(status === 200 ? body.results.map(({ text }) => text).join() : String(status));
      }
    })();
    const statuses: number[] = [];
    for (let times = 0; times < 5; times++)
      statuses.push(...(await Promise.all([next, old, next, old].map((to) => put(client, 'current', to)))).map(({ status }) => status));
    await put(client, 'current', next);
    over = true;
    await watching;
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect([...seen].filter((answer) => !['the old lantern', 'the new lantern'].includes(answer))).toEqual([]);
    expect(await textsIn(client, 'current')).toEqual(['the new lantern']);
    expect((await client.ok<{ aliases: object[] }>('GET', `${V2}/aliases`)).aliases).toHaveLength(1);
  });

  it('K12: obeys sharing: an alias of what one may not read is as absent, and is not to be moved', async () => {
    const owner = system.client();
    const colleague = system.client({ org: owner.person.org, sub: randomUUID() });
    const [hidden, shown] = [await collectionWith(owner, 'a hidden lantern'), await collectionWith(owner, 'a public lantern', { is_public: true })];
    const mine = await collectionWith(colleague, 'a lantern of mine');
    await put(owner, 'hidden', hidden);
    await put(owner, 'shown', shown);
    const of = (alias: string) => `${V2}/aliases/${alias}`;
    const told = async (method: string, path: string) => {
      const { status, body } = await colleague.call(method, path);
      return [status, body.detail];
    };
    expect(await told('GET', of('hidden'))).toEqual(await told('GET', of('absent')));
    expect(await told('DELETE', of('hidden'))).toEqual(await told('DELETE', of('absent')));
    expect(await told('GET', `${V2}/collections/hidden`)).toEqual(await told('GET', `${V2}/collections/absent`));
    expect((await searchIn(colleague, 'hidden')).status).toBe(404);
    expect(await textsIn(colleague, 'shown')).toEqual(['a public lantern']);
    expect(await colleague.ok('GET', `${V2}/aliases`)).toMatchObject({ aliases: [{ alias: 'shown' }] });
    expect([(await put(colleague, 'hidden', mine)).status, (await put(colleague, 'shown', mine)).status]).toEqual([409, 403]);
    expect([(await put(colleague, 'new', hidden)).status, (await put(colleague, 'new', shown)).status]).toEqual([404, 403]);
    expect((await colleague.call('DELETE', of('shown'))).status).toBe(403);
    expect(await textsIn(owner, 'hidden')).toEqual(['a hidden lantern']);
  });

  it('K12: is unique in its organisation only, is no name or id, and is free again with its collection', async () => {
    const client = system.client();
    const [one, other] = [await collectionWith(client, 'x', { name: 'taken' }), await collectionWith(client, 'y')];
    expect((await put(client, 'taken', other)).status).toBe(409);
    expect((await put(client, 'taken', one)).status).toBe(200);
    for (const wrong of [randomUUID(), ' ', 'é'.repeat(129)]) expect((await put(client, wrong, one)).status).toBe(422);
    const stranger = system.client(newPerson());
    expect((await put(stranger, 'taken', await collectionWith(stranger, 'z'))).status).toBe(200);
    expect((await client.call('DELETE', one.path())).status).toBe(204);
    expect((await client.call('GET', `${V2}/aliases/taken`)).status).toBe(404);
    expect((await put(client, 'taken', other)).status).toBe(200);
    expect((await client.call('DELETE', `${V2}/aliases/taken`)).status).toBe(204);
    expect((await client.call('GET', `${V2}/collections/taken`)).status).toBe(404);
    expect((await client.call('GET', other.path())).status).toBe(200);
  });

  it('K12: takes no name over: a collection is not made, renamed, cloned or restored under the alias of another one', async () => {
    const owner = system.client();
    const colleague = system.client({ org: owner.person.org, sub: randomUUID() });
    const hidden = await collectionWith(owner, 'a hidden lantern');
    await put(owner, 'plan', hidden);
    const mine = await CollectionClient.make(colleague, { name: 'before' });
    const conflict = { status: 409, body: { code: 'conflict', errors: [{ path: 'name' }] } };
    expect(await colleague.call('POST', `${V2}/collections`, { name: 'plan' })).toMatchObject(conflict);
    expect(await colleague.call('PATCH', mine.path(), { name: 'plan' })).toMatchObject(conflict);
    expect(await colleague.call('POST', mine.path('/clone'), { name: 'plan' })).toMatchObject(conflict);
    await colleague.ok('PATCH', mine.path(), { name: 'after' });
    expect((await put(owner, 'before', hidden)).status).toBe(200);
    expect(await colleague.call('POST', mine.path('/versions/1/restore'))).toMatchObject(conflict);
    expect(await mine.detail()).toMatchObject({ name: 'after' });
    expect(await owner.ok('PATCH', hidden.path(), { name: 'plan' })).toMatchObject({ name: 'plan' });
    expect((await colleague.call('POST', `${V2}/collections`, { name: 'elsewhere' })).status).toBe(201);
  });

  it('K12: a text that is given as an alias and as a name at the same moment is one of them', async () => {
    const client = system.client();
    const [one, other] = [await CollectionClient.make(client), await CollectionClient.make(client)];
    for (let times = 0; times < 20; times++) {
      const text = `wanted ${times}`;
      const statuses = await Promise.all([put(client, text, one), client.call('PATCH', other.path(), { name: text })]);
      expect(statuses.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    }
  });

  it('K12: of what one may not read hides no collection of that name, which there may be from before', async () => {
    const owner = system.client();
    const colleague = system.client({ org: owner.person.org, sub: randomUUID() });
    const hidden = await collectionWith(owner, 'a hidden lantern');
    const mine = await collectionWith(colleague, 'a lantern of mine', { name: 'both' });
    await system.database.sql('INSERT INTO collection_aliases (org_id, name, collection_id) VALUES ($1, $2, $3)', [owner.person.org, 'both', hidden.id]);
    expect(await textsIn(colleague, 'both')).toEqual(['a lantern of mine']);
    expect(await colleague.ok('GET', `${V2}/collections/both`)).toMatchObject({ id: mine.id });
    expect(await colleague.ok('PATCH', mine.path(), { name: 'both', description: 'as it was called' })).toMatchObject({ name: 'both' });
    expect(await textsIn(owner, 'both')).toEqual(['a hidden lantern']);
  });
});
