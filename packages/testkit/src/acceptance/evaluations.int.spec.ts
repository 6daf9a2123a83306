import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ApiClient } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { CollectionClient } from './collection-client.js';

jest.setTimeout(60_000);

interface Evaluation {
  id: string;
  collection_ids: string[];
  queries: number;
  configurations: { name: string; metrics: Record<string, { mean: number; ci95: [number, number]; n: number }> }[];
  comparisons: { configuration: string; against: string; metrics: Record<string, { mean: number; significant: boolean }> }[];
}

const WORDS = ['harbour', 'glacier', 'violin', 'cactus', 'turbine', 'sonnet', 'enzyme', 'falcon'];
const CONFIGURATIONS = [
  { name: 'words', search_mode: 'sparse' },
  { name: 'meaning', search_mode: 'dense' },
];

let system: TestSystem;
let client: ApiClient;
let collection: CollectionClient;
beforeAll(async () => {
  system = await TestSystem.start();
  client = system.client();
  collection = await CollectionClient.make(client);
  await collection.add(WORDS.map((word, at) => ({ external_id: `d${at}`, text: `The keeper wrote about the ${word}. Reference ERR-${4000 + at}.` })));
}, 120_000);
afterAll(() => system?.stop());

const judge = async (judgments: object[], as = client) =>
  (await as.ok<{ id: string }>('POST', '/api/v2/judgment-sets', { name: `set ${Math.random()}`, judgments })).id;
const codes = (document: (at: number) => string) => WORDS.map((_, at) => ({ query: `ERR-${4000 + at}`, external_id: document(at), relevance: 1 }));
const evaluate = (judgment_set_id: string, more: object = {}, as = client) =>
  as.call<Evaluation>('POST', '/api/v2/evaluations', { judgment_set_id, collection_uuids: [collection.id], configurations: CONFIGURATIONS, ...more });
const metricsOf = ({ configurations }: Evaluation, name: string) => configurations.find((one) => one.name === name)?.metrics ?? {};

describe('evaluations', () => {
  it('X3: give every metric its value worked out by hand', async () => {
    const set = await judge([...codes((at) => `d${at}`), { query: 'ERR-4000', external_id: 'absent', relevance: 1 }]);
    const { status, body } = await evaluate(set, { metrics: ['ndcg@10', 'recall@10', 'precision@1', 'mrr'] });
    expect([status, body.queries]).toEqual([201, 8]);
    const words = metricsOf(body, 'words');
    // Of the first question one of two relevant documents is there; of the others all.
    const first = 1 / (1 + 1 / Math.log2(3));
    expect(words['ndcg@10']?.mean).toBeCloseTo((7 + first) / 8, 9);
    expect(words['recall@10']?.mean).toBeCloseTo(7.5 / 8, 9);
    expect([words['precision@1']?.mean, words.mrr?.mean, words.mrr?.n]).toEqual([1, 1, 8]);
    expect(await client.ok('GET', `/api/v2/evaluations/${body.id}`)).toEqual(body);
  });

  it('X3: compare each configuration with the first, question by question', async () => {
    const { body } = await evaluate(await judge(codes((at) => `d${(at + 1) % WORDS.length}`)), { metrics: ['precision@1'] });
    expect(metricsOf(body, 'words')['precision@1']?.mean).toBe(0);
    const [comparison] = body.comparisons;
    expect(comparison).toMatchObject({ configuration: 'meaning', against: 'words' });
    const difference = (metricsOf(body, 'meaning')['precision@1']?.mean ?? 0) - (metricsOf(body, 'words')['precision@1']?.mean ?? 0);
    expect(comparison?.metrics['precision@1']?.mean).toBeCloseTo(difference, 9);
  });

  it('X3: of what is not there, or of somebody else, are refused', async () => {
    const set = await judge(codes((at) => `d${at}`));
    expect((await evaluate(set, { collection_uuids: undefined }, system.client())).status).toBe(404);
    expect((await evaluate(set, { metrics: ['ndcg'] })).status).toBe(422);
    expect((await evaluate(set, { configurations: [] })).status).toBe(422);
    expect((await evaluate(set, { configurations: [CONFIGURATIONS[0], CONFIGURATIONS[0]] })).status).toBe(422);
    const odd = [{ relevance: 11 }, { relevance: 0.5 }, { query: '  ' }];
    for (const one of odd)
      expect(
        (await client.call('POST', '/api/v2/judgment-sets', { name: 'x', judgments: [{ query: 'x', external_id: 'y', relevance: 1, ...one }] })).status,
      ).toBe(422);
    expect((await evaluate(set, { collection_uuids: [] })).status).toBe(422);
    const mistaken = await evaluate(set, { configurations: [{ name: 'a' }, { name: 'b', filters: { $x: 1 } }] });
    expect(mistaken).toMatchObject({ status: 400, body: { code: 'invalid_filter', errors: [{ path: 'configurations[1].filters.$x' }] } });
  });

  it('X3: look where they are told, by name or alias too, and measure each metric once', async () => {
    const other = await CollectionClient.make(client);
    const { name } = await client.ok<{ name: string }>('GET', `/api/v2/collections/${collection.id}`);
    const set = await judge([...codes((at) => `d${at}`), { query: 'ERR-4000', external_id: 'd1', relevance: -1 }]);
    for (const collections of [{ collection_uuids: [name] }, { collection_uuids: undefined, collection_ids: [collection.id] }]) {
      const { status, body } = await evaluate(set, { ...collections, metrics: ['mrr', 'mrr'] });
      expect([status, body.collection_ids]).toEqual([201, [collection.id]]);
      expect(metricsOf(body, 'words').mrr).toEqual({ mean: 1, ci95: [1, 1], n: 8 });
    }
    expect((await evaluate(set, { collection_uuids: undefined, collection_ids: [other.id] })).body.collection_ids).toEqual([other.id]);
  });

  it('X3: are made once for each Idempotency-Key', async () => {
    const set = await judge(codes((at) => `d${at}`));
    const send = (more: object) => {
      const body = { judgment_set_id: set, collection_uuids: [collection.id], configurations: [{ name: 'words', search_mode: 'sparse' }], ...more };
      return client.call<Evaluation & { code?: string }>('POST', '/api/v2/evaluations', body, { 'idempotency-key': `of ${set}`.replaceAll(' ', '-') });
    };
    const [first, again, other] = [await send({}), await send({}), await send({ metrics: ['mrr'] })];
    expect([first.status, again.status, again.body]).toEqual([201, 201, first.body]);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch']);
    const { evaluations } = await client.ok<{ evaluations: { judgment_set_id: string }[] }>('GET', '/api/v2/evaluations');
    expect(evaluations.filter(({ judgment_set_id }) => judgment_set_id === set)).toHaveLength(1);
  });

  it('X3: of a private collection are not shown to colleagues', async () => {
    const { body } = await evaluate(await judge(codes((at) => `d${at}`)));
    const colleague = client.as({ ...client.person, sub: 'a colleague' });
    expect((await colleague.call('GET', `/api/v2/evaluations/${body.id}`)).status).toBe(404);
    expect(JSON.stringify(await colleague.ok('GET', '/api/v2/evaluations'))).not.toContain(body.id);
    expect(JSON.stringify(await client.ok('GET', '/api/v2/evaluations'))).toContain(body.id);
  });

  it('X3: go with their judgment set', async () => {
    const set = await judge(codes((at) => `d${at}`));
    const { body } = await evaluate(set);
    expect(await client.ok('GET', `/api/v2/judgment-sets/${set}`)).toMatchObject({ queries: 8, judgments: 8 });
    expect((await client.call('DELETE', `/api/v2/judgment-sets/${set}`)).status).toBe(204);
    expect((await client.call('GET', `/api/v2/evaluations/${body.id}`)).status).toBe(404);
  });
});
