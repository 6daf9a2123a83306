import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type ApiClient, devToken } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { CollectionClient, type CollectionReply } from './collection-client.js';

jest.setTimeout(90_000);

let system: TestSystem;
beforeAll(async () => {
  system = await TestSystem.start();
}, 120_000);
afterAll(() => system?.stop());

type Filled = CollectionReply & { operation_id: string };

const STORY = 'The lantern hangs in the hall. '.repeat(40);

async function clone(original: CollectionClient, body: object, client: ApiClient = original.client): Promise<CollectionClient> {
  const made = await client.ok<Filled>('POST', original.path('/clone'), { name: randomUUID(), ...body });
  const copy = new CollectionClient(client, made.id);
  await copy.completed(made.operation_id);
  return copy;
}

/** All that a caller can see of a collection and its documents, but times. */
async function seen(collection: CollectionClient): Promise<unknown> {
  const { updated_at: _, recent_operations: __, indexes: ___, ...detail } = await collection.detail();
  const documents = await collection.documents();
  return { detail, documents, hits: await collection.hits('lantern') };
}

describe('a clone', () => {
  it('K9: has the documents under other settings; both are found, and the original is as it was', async () => {
    const original = await CollectionClient.make(system.client(), { chunk_size: 200, metadata: { team: 7 }, description: 'of halls' });
    await original.add([{ external_id: 'story', title: 'Halls', text: STORY, metadata: { year: 2026 } }]);
    const { body } = await original.upload([['notes.md', '# Notes\n\nThe lantern was lit.', 'text/markdown']]);
    await original.completed(body.operation_id);
    const before = await seen(original);

    const copy = await clone(original, { chunk_size: 50, chunk_overlap: 5, quantization: 'float32' });
    const detail = await copy.detail();
    expect(detail).toMatchObject({ chunk_size: 50, quantization: 'float32', metadata: { team: 7 }, description: 'of halls', document_count: 2 });
    expect(detail.total_chunks).toBeGreaterThan((await original.detail()).total_chunks);
    const said = ({ external_id, title, file_name }: { external_id: string; title: string | null; file_name: string }) => [external_id, title, file_name];
    expect((await copy.documents()).map(said)).toEqual((await original.documents()).map(said));
    expect(new Set((await copy.hits('lantern')).map(({ external_id }) => external_id))).toEqual(
      new Set((await original.hits('lantern')).map(({ external_id }) => external_id)),
    );
    expect((await copy.hits('lantern', { filters: { year: 2026 } })).length).toBeGreaterThan(0);
    expect(await seen(original)).toEqual(before);
  });

  it('K11: takes no type that is not for what is in the original', async () => {
    const original = await CollectionClient.make(system.client(), { type: 'documents' });
    await original.add([{ external_id: 'story', text: STORY }]);
    const { status, body } = await original.client.call('POST', original.path('/clone'), { name: 'pages', type: 'webpages' });
    expect([status, body]).toMatchObject([422, { errors: [{ path: 'type' }] }]);
    expect(await (await clone(original, { type: 'mixed' })).detail()).toMatchObject({ type: 'mixed', document_count: 1 });
    const empty = await CollectionClient.make(original.client, { type: 'documents' });
    expect(await (await clone(empty, { type: 'webpages' })).detail()).toMatchObject({ type: 'webpages' });
  });

  it('K9: stores no content a second time, and lives on when the original is deleted', async () => {
    const original = await CollectionClient.make(system.client());
    const { body } = await original.upload([['hall.txt', STORY]]);
    await original.completed(body.operation_id);
    const copy = await clone(original, {});
    const blobs = await system.database.sql('SELECT hash FROM blobs WHERE org_id = $1', [original.client.person.org]);
    expect(blobs).toHaveLength(1);
    expect((await original.client.call('DELETE', original.path())).status).toBe(204);
    const [document] = await copy.documents();
    const content = await fetch(`${system.baseUrl}/api/v2/documents/${document?.id}/content`, {
      headers: { authorization: `Bearer ${devToken(copy.client.person)}` },
    });
    expect(await content.text()).toBe(STORY);
    expect(await copy.texts('lantern')).not.toEqual([]);
  });

  it('K9: is counted by quotas, needs a name that is free, and of an empty collection is empty', async () => {
    const client = system.client();
    const empty = await CollectionClient.make(client, { name: 'empty' });
    expect(await (await clone(empty, {})).detail()).toMatchObject({ document_count: 0 });
    expect((await client.call('POST', empty.path('/clone'), { name: 'empty' })).status).toBe(409);
    expect((await client.call('POST', empty.path('/clone'), {})).status).toBe(422);
    expect((await client.call('POST', empty.path('/clone'), { name: 'x', embedding_model: 'nope' })).status).toBe(400);
    const full = await CollectionClient.make(client);
    await full.add([{ text: 'one' }, { text: 'two' }]);
    await client.ok('PUT', '/api/v2/quotas', { documents: 3 });
    const refused = await client.call('POST', full.path('/clone'), { name: 'too much' });
    expect(refused).toMatchObject({ status: 413, body: { code: 'quota_exceeded' } });
    const { total } = await client.ok<{ total: number }>('GET', '/api/v2/collections?search=too%20much');
    expect(total).toBe(0);
  });

  it('K9: of a public collection belongs to whoever made it', async () => {
    const owner = system.client();
    const colleague = system.client({ org: owner.person.org, sub: randomUUID() });
    const original = await CollectionClient.make(owner, { is_public: true });
    await original.add([{ text: 'a lantern for everybody' }]);
    const copy = await clone(original, {}, colleague);
    expect(await copy.detail()).toMatchObject({ your_role: 'owner', is_public: false });
    expect(await copy.texts('lantern')).toEqual(['a lantern for everybody']);
    expect((await owner.call('GET', copy.path())).status).toBe(404);
  });
});
