import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TestSystem } from '../system/test-system.js';
import { CollectionClient, type CollectionReply } from './collection-client.js';

jest.setTimeout(90_000);

type Restored = CollectionReply & { operation_id: string | null };
interface Version extends Record<string, unknown> {
  version: number;
}

let system: TestSystem;
beforeAll(async () => {
  system = await TestSystem.start();
}, 120_000);
afterAll(() => system?.stop());

const change = ({ client, path }: { client: CollectionClient['client']; path: string }, said: object) => client.ok('PATCH', path, said);
const of = (collection: CollectionClient) => ({ client: collection.client, path: collection.path() });
const versionsOf = async (collection: CollectionClient, query = ''): Promise<Version[]> =>
  (await collection.client.ok<{ versions: Version[] }>('GET', collection.path(`/versions${query}`))).versions;
const restore = (collection: CollectionClient, number: number) => collection.client.ok<Restored>('POST', collection.path(`/versions/${number}/restore`));

describe('versions of a collection', () => {
  it('K10: two changes are two versions, and the first brings back how it was', async () => {
    const collection = await CollectionClient.make(system.client(), { name: 'one', description: 'first', metadata: { team: 1 } });
    expect(await versionsOf(collection)).toEqual([]);
    await change(of(collection), { name: 'two', description: 'second' });
    await change(of(collection), { metadata: { team: 2 }, is_public: true });
    expect(await versionsOf(collection)).toMatchObject([
      { version: 2, name: 'two', description: 'second', metadata: { team: 1 }, is_public: false, changed_by: expect.stringMatching(/^user:\d+$/) },
      { version: 1, name: 'one', description: 'first', metadata: { team: 1 }, is_public: false },
    ]);
    const before = { name: 'one', description: 'first', metadata: { team: 1 }, is_public: false };
    expect(await restore(collection, 1)).toMatchObject({ ...before, operation_id: null });
    expect(await collection.detail()).toMatchObject(before);
    expect((await versionsOf(collection))[0]).toMatchObject({ version: 3, name: 'two', metadata: { team: 2 }, is_public: true });
    await restore(collection, 3);
    expect(await collection.detail()).toMatchObject({ name: 'two', metadata: { team: 2 }, is_public: true });
    expect(await versionsOf(collection, '?per_page=1&page=4')).toMatchObject([{ version: 1 }]);
  });

  it('K10: what changes nothing is no version, nor is a reindex with the same settings', async () => {
    const collection = await CollectionClient.make(system.client(), { description: 'the same', metadata: { a: 1, b: 2 } });
    await change(of(collection), { description: 'the same', metadata: { b: 2, a: 1 }, is_public: false });
    await collection.add([{ text: 'a text' }]);
    await collection.completed(await collection.reindex({ force: true }));
    expect(await versionsOf(collection)).toEqual([]);
  });

  it('K10: settings are brought back by a reindex, while what is there is found', async () => {
    const collection = await CollectionClient.make(system.client(), { chunk_size: 200, description: 'coarse' });
    await collection.add([{ text: 'The lantern hangs in the hall. '.repeat(40) }]);
    const chunks = (await collection.detail()).total_chunks;
    await collection.completed(await collection.reindex({ chunk_size: 50 }));
    await change(of(collection), { description: 'fine' });
    expect(await versionsOf(collection)).toMatchObject([
      { version: 2, chunk_size: 50, description: 'coarse' },
      { version: 1, chunk_size: 200, description: 'coarse', changed_by: expect.stringMatching(/^user:\d+$/) },
    ]);
    const { operation_id, description, chunk_size } = await restore(collection, 1);
    expect([description, chunk_size]).toEqual(['coarse', 50]);
    expect(await collection.texts('lantern')).not.toEqual([]);
    expect(await collection.completed(operation_id as string)).toMatchObject({ type: 'reindex', config: { restored_version: 1, chunk_size: 200 } });
    expect(await collection.detail()).toMatchObject({ chunk_size: 200, total_chunks: chunks });
  });

  it('K10: a name that somebody else has by now is not taken from him, and nothing is restored', async () => {
    const client = system.client();
    const collection = await CollectionClient.make(client, { name: 'old', description: 'first' });
    await change(of(collection), { name: 'new', description: 'second' });
    await CollectionClient.make(client, { name: 'old' });
    expect((await client.call('POST', collection.path('/versions/1/restore'))).status).toBe(409);
    expect(await collection.detail()).toMatchObject({ name: 'new', description: 'second' });
    expect(await versionsOf(collection)).toHaveLength(1);
    for (const nothing of ['2', '0', '-1', '1e0', 'x', '99999999999999999999'])
      expect((await client.call('POST', collection.path(`/versions/${nothing}/restore`))).status).toBe(404);
  });
});
