import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ApiClient } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { CollectionClient, type CollectionReply } from './collection-client.js';

jest.setTimeout(120_000);

const FERRY = 'The ferry of the old harbour leaves at noon.';
const LAMP = 'A lamp was mended by the makers of violins.';
/** Without its context a chunk is the whole of a short document: its vector is that of the text. */
const MOCK = { embedding_model: 'mock', embed_context: false };
const MODES = ['dense', 'sparse', 'hybrid'];

let system: TestSystem;
let client: ApiClient;
let mock: CollectionClient;
let real: CollectionClient;
beforeAll(async () => {
  system = await TestSystem.start();
  client = system.client();
  mock = await filled(MOCK, 'mock');
  real = await filled({}, 'real');
}, 120_000);
afterAll(() => system?.stop());

async function filled(settings: object, name: string): Promise<CollectionClient> {
  const collection = await CollectionClient.make(client, settings);
  await collection.add([
    { external_id: `${name} ferry`, text: FERRY },
    { external_id: `${name} lamp`, text: LAMP },
  ]);
  return collection;
}

const idsOf = (hits: { external_id: string }[]) => hits.map(({ external_id }) => external_id);

describe('a collection of the mock model', () => {
  it('E3 L5: finds a text by itself, with a score of one', async () => {
    expect(await mock.detail()).toMatchObject({ embedding_model: 'mock', total_chunks: 2 });
    for (const [text, name] of [
      [FERRY, 'mock ferry'],
      [LAMP, 'mock lamp'],
    ] as const) {
      const [first, second] = await mock.hits(text, { search_mode: 'dense' });
      expect(first?.external_id).toBe(name);
      expect(first?.score).toBeCloseTo(1, 3);
      expect(second?.score).toBeLessThan(0.5);
    }
  });

  it.each(MODES)('E3 L5: is searched with one of another model: %s', async (search_mode) => {
    const { results } = await mock.search({ query: FERRY, collection_uuids: [mock.id, real.id], search_mode });
    const found = new Map(results.map(({ external_id, score }) => [external_id, score]));
    expect([...found.keys()]).toEqual(expect.arrayContaining(['mock ferry', 'real ferry']));
    if (search_mode === 'dense') expect(new Set(idsOf(results.slice(0, 2)))).toEqual(new Set(['mock ferry', 'real ferry']));
  });

  it('E3 L5: is ranked by statements, alone and with one of another model', async () => {
    const nameOf = async (collection: CollectionClient) => (await collection.detail()).name;
    const from = async (...of: CollectionClient[]) => (await Promise.all(of.map(nameOf))).map((name) => `"${name}"`).join(', ');
    const rows = async (query: string) => (await client.ok<{ rows: { external_id: string }[] }>('POST', '/api/v2/sql', { query })).rows;
    expect(idsOf(await rows(`SELECT external_id FROM ${await from(mock)} USING EMBEDDING (TEXT '${LAMP}' MODEL 'mock') LIMIT 1`))).toEqual(['mock lamp']);
    const both = await rows(`SELECT external_id FROM ${await from(mock, real)} USING HYBRID (TEXT '${LAMP}') FUSION RRF LIMIT 2`);
    expect(idsOf(both).sort()).toEqual(['mock lamp', 'real lamp']);
  });

  it('E3 L5: is asked without a worker', async () => {
    const worker = system.service('worker');
    await worker.freeze();
    const hits = await mock.hits('words that nobody asked for before', { search_mode: 'dense' }).finally(() => worker.thaw());
    expect(idsOf(hits).sort()).toEqual(['mock ferry', 'mock lamp']);
  });

  it('E3 L5: has nothing of the vectors that are made of ids, and gives them nothing', async () => {
    const text = 'Mock embedding for asset ferry, segment s';
    const own = await CollectionClient.make(client, MOCK);
    await own.add([{ external_id: 'same text', text }]);
    const { job_id } = await client.ok<{ job_id: string }>('POST', '/vectors/mock', { asset_id: 'ferry', segment_id: 's' });
    const { result } = await client.done(job_id);
    const { vector } = await client.ok<{ vector: number[] }>('GET', `/vectors/${result?.point_id}?vector=true`);
    expect(Math.min(...vector)).toBeGreaterThanOrEqual(0);
    expect(idsOf(await own.hits(text, { search_mode: 'dense' }))).toEqual(['same text']);
  });

  it('E3 L5: can be made of one of another model, which is compared with it first, and cut by meaning', async () => {
    const collection = await filled({ embed_context: false }, 'moved');
    const id = await collection.reindex({ embedding_model: 'mock', chunking_strategy: 'semantic', verify: { queries: [FERRY] } });
    const { result } = await collection.completed(id);
    expect(result.verification).toMatchObject({ queries: 1, mean_overlap: 1 });
    expect((await collection.hits(LAMP, { search_mode: 'dense' }))[0]).toMatchObject({ external_id: 'moved lamp' });
    expect((await client.ok<CollectionReply>('GET', collection.path())).embedding_model).toBe('mock');
  });
});

it.each([
  ['/vectors/embed', { asset_id: 'a', segment_id: 's', text: 'a text' }],
  ['/vectors/search', { query: 'a text' }],
  ['/vectors/search', { query: 'a text', search_mode: 'sparse' }],
  ['/v1/embeddings', { input: 'a text' }],
  ['/v1/rerank', { query: 'a text', documents: ['another'] }],
])('E3: the mock model is refused where there is no collection: %s %j', async (path, body) => {
  const reply = await client.call('POST', path, { ...body, model: 'mock' });
  expect([reply.status, JSON.stringify(reply.body)]).toEqual([400, expect.stringContaining('made of ids and not of a text')]);
});
