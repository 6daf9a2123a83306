import { ANALYSIS_VERSION } from '@cairn/models/sparse';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ApiClient } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { StoredPoints } from './stored-points.js';

jest.setTimeout(90_000);

const TEXTS = {
  code: 'The pump stopped with ERR-4711 at night.',
  otherCode: 'The pump stopped with ERR-4712 at night.',
  parts: 'Error 4711 of another plant: err on the safe side.',
  houses: 'Viele Häuser stehen am Fluss.',
  tokyo: '東京都の天気は晴れです。',
};

interface Answer {
  results: { score: number; payload: { asset_id: string } }[];
  search_mode: string;
  timings_ms: Record<string, number>;
}

let system: TestSystem;
let client: ApiClient;

beforeAll(async () => {
  system = await TestSystem.start();
  client = system.client();
  await write(client, TEXTS);
}, 120_000);
afterAll(() => system?.stop());

async function write(client: ApiClient, texts: Record<string, string>): Promise<void> {
  const jobs = await Promise.all(Object.entries(texts).map(([asset, text]) => client.embed(asset, 's', text)));
  for (const job of jobs) await client.done(job);
}

const byWords = (client: ApiClient, query: string, more: object = {}): Promise<Answer> =>
  client.ok<Answer>('POST', '/vectors/search', { query, search_mode: 'sparse', ...more });

const assets = ({ results }: Answer): string[] => results.map(({ payload }) => payload.asset_id);

describe('searching by words', () => {
  it('Q5: a code is found first, before another one and before its parts', async () => {
    const answer = await byWords(client, 'ERR-4711');
    expect(answer).toMatchObject({ search_mode: 'sparse', timings_ms: { words: expect.any(Number) } });
    expect(answer.timings_ms).not.toHaveProperty('embed');
    expect(assets(answer)[0]).toBe('code');
    expect(answer.results[0]?.score).toBeGreaterThan(2 * (answer.results[1]?.score ?? 0));
  });

  it('V9: the same point is found by its meaning', async () => {
    const { results } = await client.search('a machine broke down in the evening', {}, 2);
    expect(results.map(({ payload }) => payload.asset_id).sort()).toEqual(['code', 'otherCode']);
  });

  it('Q5: other forms of a word are found, and words of languages without spaces', async () => {
    expect(assets(await byWords(client, 'Haus'))).toEqual(['houses']);
    expect(assets(await byWords(client, '東京'))).toEqual(['tokyo']);
  });

  it('nothing is found by words that no text has, nor by none', async () => {
    expect(assets(await byWords(client, 'quetzalcoatlus'))).toEqual([]);
    expect(assets(await byWords(client, '?!'))).toEqual([]);
  });

  it('a filter and a limit hold here too, and the other names of the modes are understood', async () => {
    expect(assets(await byWords(client, 'pump', { filter: { asset_id: 'otherCode' } }))).toEqual(['otherCode']);
    expect(assets(await byWords(client, 'pump', { limit: 1 }))).toHaveLength(1);
    expect(assets(await byWords(client, 'pump', { search_mode: 'keyword' })).sort()).toEqual(['code', 'otherCode']);
    expect((await byWords(client, 'pump', { search_mode: 'semantic' })).search_mode).toBe('dense');
    const refused = await client.call<{ errors: { path: string }[] }>('POST', '/vectors/search', { query: 'pump', search_mode: 'fuzzy' });
    expect([refused.status, refused.body.errors]).toMatchObject([422, [{ path: 'search_mode' }]]);
  });

  it('G7 G9: a replaced text is not found by its old words, a deleted one by none', async () => {
    const own = system.client();
    await write(own, { changing: 'the word is marmalade', gone: 'marmalade as well' });
    await write(own, { changing: 'the word is honey' });
    await own.ok('DELETE', '/vectors/asset/gone');
    expect(assets(await byWords(own, 'marmalade'))).toEqual([]);
    expect(assets(await byWords(own, 'honey'))).toEqual(['changing']);
  });

  it('G11: no organisation finds the words of another', async () => {
    expect(assets(await byWords(system.client(), 'pump'))).toEqual([]);
  });
});

describe('how points are stored', () => {
  it('the name of the sparse vector tells which analysis made it', async () => {
    const [collection] = (await new StoredPoints(system).collections()).filter((name) => name.includes('MiniLM'));
    const { config } = await new StoredPoints(system).describe<{ config: { params: { sparse_vectors: object } } }>(collection as string);
    expect(Object.keys(config.params.sparse_vectors)).toEqual([`terms-${ANALYSIS_VERSION}`]);
  });

  it('G5: a space of an earlier version is made anew from Postgres, words and all', async () => {
    const stored = new StoredPoints(system);
    const [collection] = (await stored.collections()).filter((name) => name.includes('MiniLM'));
    await system.service('dispatcher').freeze();
    await stored.replaceByOlder(collection as string);
    expect(await client.call('POST', '/vectors/search', { query: 'ERR-4711', search_mode: 'sparse' })).toMatchObject({ status: 503 });
    const meanwhile = await client.embed('meanwhile', 's', 'A text of the time between: ERR-4713.');
    system.service('dispatcher').thaw();
    await client.done(meanwhile);
    const again = await until('the texts to be found by their words again', async () => {
      const reply = await client.call<Answer>('POST', '/vectors/search', { query: 'ERR-4711', search_mode: 'sparse' });
      return reply.status === 200 && reply.body;
    });
    expect(assets(again)[0]).toBe('code');
    expect(assets(await byWords(client, 'ERR-4713'))[0]).toBe('meanwhile');
    expect((await client.search('weather in Japan', {}, 1)).total).toBe(1);
  });

  it('E10: a collection that is deleted is made anew with the storage that is wanted, and its texts are found as before', async () => {
    const stored = new StoredPoints(system);
    const [collection] = (await stored.collections()).filter((name) => name.includes('MiniLM'));
    const question = 'the machine broke down';
    const before = (await client.search(question)).results.map(({ payload }) => payload.asset_id);
    await system.restart('dispatcher', { VECTOR_STORAGE: 'int8' });
    await until('the operator to be told', async () => system.service('dispatcher').log().includes('keeps vectors otherwise than VECTOR_STORAGE says'));
    await stored.delete(collection as string);
    const after = await until('the texts to be found again', async () => {
      const reply = await client.call<Answer>('POST', '/vectors/search', { query: question });
      return reply.status === 200 && reply.body;
    });
    const { config } = await stored.describe<{ config: { quantization_config: object } }>(collection as string);
    expect(config.quantization_config).toEqual({ scalar: { type: 'int8', always_ram: true } });
    expect(assets(after)).toEqual(before);
  });
});
