import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { ApiClient } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';

jest.setTimeout(90_000);

const TEXT = 'The lighthouse keeper writes letters.';
const QUESTION = 'who sends mail from the coast?';

let system: TestSystem;
let client: ApiClient;
let key: { id: string; key: string };

// The provider is the system itself: it speaks the form that it asks for.
const remoteModels = (apiKey: string, more: object = {}): string =>
  JSON.stringify([{ id: 'their-model', url: `${system.baseUrl}/v1`, model: 'all-MiniLM-L6-v2', dimension: 384, max_tokens: 256, api_key: apiKey, ...more }]);

const newKey = () => client.ok<{ id: string; key: string }>('POST', '/api-keys', { name: 'provider', scopes: ['read'] });

beforeAll(async () => {
  system = await TestSystem.start();
  client = system.client();
  key = await newKey();
  await system.restart('worker', { REMOTE_MODELS: remoteModels(key.key) });
}, 120_000);
afterAll(() => system?.stop());

const send = async (segment: string, model?: string, text = TEXT): Promise<string> =>
  (await client.ok<{ job_id: string }>('POST', '/vectors/embed', { asset_id: 'remote', segment_id: segment, text, ...(model ? { model } : {}) })).job_id;

async function vectorOf(job: string): Promise<number[]> {
  const { result } = await client.done(job);
  return (await client.ok<{ vector: number[] }>('GET', `/vectors/${result?.point_id}?vector=true`)).vector;
}

it('E17: a model of a provider is listed with the provider’s address, embeds texts and questions, and has a space of its own', async () => {
  const listed = await until('the model to be listed', async () => {
    const { data } = await client.ok<{ data: { id: string }[] }>('GET', '/v1/models');
    return data.find(({ id }) => id === 'their-model');
  });
  expect(listed).toMatchObject({ kind: 'embedding', dimensions: 384, max_tokens: 256, owned_by: new URL(system.baseUrl).host });

  const theirs = await vectorOf(await send('theirs', 'their-model'));
  const ours = await vectorOf(await send('ours'));
  expect(Math.max(...theirs.map((value, at) => Math.abs(value - (ours[at] as number))))).toBeLessThan(1e-6);

  const { results } = await client.ok<{ results: { payload: { segment_id: string } }[] }>('POST', '/vectors/search', { query: QUESTION, model: 'their-model' });
  expect(results.map(({ payload }) => payload.segment_id)).toEqual(['theirs']);
  expect((await client.search(QUESTION)).results.map(({ payload }) => payload.segment_id)).toEqual(['ours']);
});

it('E17: it cannot order texts, and says so', async () => {
  const reply = await client.call<{ errors: { path: string }[]; detail: string }>('POST', '/v1/rerank', { query: 'q', documents: ['a'], model: 'their-model' });
  expect(reply).toMatchObject({ status: 422, body: { errors: [{ path: 'model' }], detail: expect.stringContaining('provider') } });
});

it('E17 F5: while the provider refuses us jobs wait and searches say so, and nothing is lost', async () => {
  await client.ok('DELETE', `/api-keys/${key.id}`);
  await until(
    'the key to be refused',
    async () => (await fetch(`${system.baseUrl}/v1/models`, { headers: { authorization: `Bearer ${key.key}` } })).status === 401,
  );
  const job = await send('waits', 'their-model', 'a text that is new');
  await until('the job to wait', async () => (await client.job(job)).stage === 'waiting');
  const search = await client.call<{ detail: string }>('POST', '/vectors/search', { query: 'a question that is new', model: 'their-model' });
  expect(search).toMatchObject({ status: 503, body: { detail: expect.stringContaining('401') } });

  await system.restart('worker', { REMOTE_MODELS: remoteModels((await newKey()).key) });
  expect(await vectorOf(job)).toHaveLength(384);
});

it('E17: a worker does not start with a name that a model here has, nor with another model under a name that was served', async () => {
  const refusals: [Record<string, unknown>, RegExp][] = [
    [{ id: 'bge-small-en-v1.5' }, /a model that runs here has that name/],
    [{ id: 'their-other-model', aliases: ['imported-elsewhere'] }, /one of them is at a provider/],
    [{ dimension: 256, send_dimension: true, version: 'v1' }, /was served here before/],
    [{ id: 'their', version: 'model_v1' }, /the version model_v1 cannot be told from the model their_model with the version v1/],
  ];
  // As a worker on another machine does, which has that model.
  await system.database.sql(`INSERT INTO models (id, version, aliases, kind, dimension, shorter_dimensions, max_tokens, space, fingerprint, licence, origin)
    VALUES ('local', 'v1', '{imported-elsewhere}', 'onnx', 384, '{}', 256, 'local_v1_384_f32', 'x', 'MIT', 'here')`);
  await system.database.sql(`INSERT INTO models (id, version, aliases, kind, dimension, shorter_dimensions, max_tokens, space, fingerprint, licence, origin)
    VALUES ('their_model', 'v1', '{}', 'remote', 384, '{}', 256, 'their_model_v1_384_f32', 'x', 'theirs', 'there')`);
  for (const [more, reason] of refusals) {
    const worker = system.service('worker');
    await worker.kill();
    worker.start({ REMOTE_MODELS: remoteModels('any', more) });
    expect(await worker.gone()).not.toBe(0);
    expect(worker.log()).toMatch(reason);
  }
});
