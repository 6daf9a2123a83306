import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILT_IN_MODEL, ModelStore, type OnnxModel } from '@cairn/models';
import { installModel } from '@cairn/models/install';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { installTinyClip } from '../../../models/src/fixtures/install-tiny-clip.js';
import { tinyBert, writeFolder } from '../../../models/src/fixtures/tiny-encoder.js';
import { BERT_JSON } from '../../../models/src/fixtures/tokenizer-files.js';
import type { ApiClient } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';

jest.setTimeout(120_000);

const BUILT_IN_FOLDER = fileURLToPath(new URL('../../../models/builtin/all-MiniLM-L6-v2/', import.meta.url));
const SECOND: OnnxModel = { ...BUILT_IN_MODEL, id: 'second-model', aliases: ['team/second'], queryPrefix: 'query: ', documentPrefix: 'passage: ', folder: '' };
const MIX = {
  id: 'our-mix',
  aliases: ['team/mix'],
  members: [
    { model: 'default', weight: 0.25 },
    { model: 'team/second', weight: 0.75 },
  ],
};
const TEXT = 'The ferry leaves the harbour at noon.';
const QUESTION = 'when does the boat go?';

const folder = mkdtempSync(join(tmpdir(), 'cairn-ensembles-'));
const settings = (more: object = {}, also: object[] = []) => ({ MODELS_DIR: folder, ENSEMBLES: JSON.stringify([{ ...MIX, ...more }, ...also]) });

let system: TestSystem;
let client: ApiClient;
beforeAll(async () => {
  const store = new ModelStore(folder);
  const fill = async (place: string) => {
    cpSync(BUILT_IN_FOLDER, place, { recursive: true });
    return SECOND;
  };
  await store.install(SECOND.id, fill, async () => undefined);
  await installTinyClip(folder, 'tiny-clip');
  const published = join(folder, '.published');
  writeFolder(published, tinyBert(), BERT_JSON);
  await installModel(store, { from: published, id: 'tiny', settings: { pooling: 'mean' }, quantise: false });
  system = await TestSystem.start({ env: settings() });
  client = system.client();
  await until('the space of the ensemble', () => search('anything', 'our-mix').catch(() => undefined));
}, 120_000);
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const send = async (segment: string, model: string) => {
  const body = { asset_id: 'doc', segment_id: segment, text: TEXT, model };
  return client.done((await client.ok<{ job_id: string }>('POST', '/vectors/embed', body)).job_id);
};
const vectorOf = async (segment: string, model: string): Promise<number[]> => {
  const { result } = await send(segment, model);
  return (await client.ok<{ vector: number[] }>('GET', `/vectors/${result?.point_id}?vector=true`)).vector;
};
const search = (query: string, model: string) =>
  client.ok<{ query_model: string; results: { payload: { segment_id: string } }[] }>('POST', '/vectors/search', { query, model });

const unit = (vector: number[]) => {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
};
const mixed = (a: number[], b: number[]) => unit(unit(a).map((value, at) => 0.25 * value + 0.75 * (unit(b)[at] as number)));

describe('an ensemble', () => {
  it('E11: is named like any model, its vectors are the weighted mean of its members, and lie in a space of their own', async () => {
    const [mix, first, second] = [await vectorOf('mix', 'team/mix'), await vectorOf('first', 'default'), await vectorOf('second', 'second-model')];
    const expected = mixed(first, second);
    expect(Math.max(...mix.map((value, at) => Math.abs(value - (expected[at] as number))))).toBeLessThan(1e-6);
    const found = await search(QUESTION, 'our-mix');
    expect([found.query_model, found.results.map(({ payload }) => payload.segment_id)]).toEqual(['our-mix', ['mix']]);
    expect((await search(QUESTION, 'second-model')).results.map(({ payload }) => payload.segment_id)).toEqual(['second']);
  });

  it('E11: a question is read the way each member reads questions', async () => {
    const embed = async (model: string) => {
      const body = { input: QUESTION, model, input_type: 'query' };
      return (await client.ok<{ data: [{ embedding: number[] }] }>('POST', '/v1/embeddings', body)).data[0].embedding;
    };
    const [mix, expected] = [await embed('our-mix'), mixed(await embed('default'), await embed('second-model'))];
    expect(Math.max(...mix.map((value, at) => Math.abs(value - (expected[at] as number))))).toBeLessThan(1e-6);
  });

  it('E11: is listed with what it is made of, and cannot order texts', async () => {
    expect(await client.ok('GET', '/v1/models/team%2Fmix')).toMatchObject({
      id: 'our-mix',
      kind: 'embedding',
      dimensions: 384,
      max_tokens: 256,
      owned_by: 'ensemble of all-MiniLM-L6-v2 0.25, second-model 0.75',
    });
    const reply = await client.call('POST', '/v1/rerank', { query: 'q', documents: ['a'], model: 'our-mix' });
    expect([reply.status, reply.body.detail]).toEqual([422, expect.stringContaining('our-mix is an ensemble')]);
    expect(await system.database.sql(`SELECT kind, space FROM models WHERE id = 'our-mix'`)).toEqual([{ kind: 'ensemble', space: 'our-mix_v1_384_f32' }]);
  });

  const members = (first: string, second: string, weight = 0.75) => ({
    members: [
      { model: first, weight: 0.25 },
      { model: second, weight },
    ],
  });
  it.each([
    ['members of different dimensions', members('default', 'tiny'), /different dimensions and cannot be mixed: all-MiniLM-L6-v2 \(384\), tiny \(32\)/],
    [
      'a member that is not here',
      members('default', 'nobody'),
      /names the model nobody, which is not installed here. Models that it can have: all-MiniLM-L6-v2/,
    ],
    ['a member that reads images', members('default', 'team/tiny-clip'), /names the model team\/tiny-clip, which reads images too, and ensembles are of/],
    ['weights that do not add up to 1', members('default', 'second-model', 0.5), /ENSEMBLES: the weights of our-mix add up to 0.75 and must add up to 1/],
    ['a name that a model has', { id: 'second-model', aliases: [] }, /ENSEMBLES names second-model, and another model has that name/],
    [
      'other weights under a version that was served',
      { members: MIX.members.toReversed().map(({ model }, at) => ({ model, weight: [0.25, 0.75][at] })) },
      /our-mix v1 was served here before/,
    ],
  ])('E11: a worker does not start with %s, and says why', async (_, more, reason) => {
    const worker = system.service('worker');
    await worker.kill();
    const before = worker.log().length;
    worker.start(settings(more));
    expect(await worker.gone()).not.toBe(0);
    expect(worker.log().slice(before)).toMatch(reason);
  });
});
