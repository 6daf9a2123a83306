import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Subjects } from '@cairn/common';
import { BUILT_IN_MODEL, comparesAs, type InstalledModel, ModelStore, type OnnxModel, spaceOf } from '@cairn/models';
import { installModel } from '@cairn/models/install';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import { referenceScores, writeTinyReranker } from '../../../models/src/fixtures/tiny-reranker.js';
import type { ApiClient } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';

jest.setTimeout(120_000);

const BUILT_IN_FOLDER = fileURLToPath(new URL('../../../models/builtin/all-MiniLM-L6-v2/', import.meta.url));
// The built-in file read another way is another model: its vectors differ, and so must its space.
const SECOND: OnnxModel = { ...BUILT_IN_MODEL, id: 'second-model', aliases: ['team/second'], queryPrefix: 'query: ', documentPrefix: 'passage: ', folder: '' };

const folder = mkdtempSync(join(tmpdir(), 'cairn-models-'));
const store = new ModelStore(folder);
const install = (model: OnnxModel, into = store) =>
  into.install(
    model.id,
    async (place) => {
      cpSync(BUILT_IN_FOLDER, place, { recursive: true });
      return model;
    },
    async () => undefined,
  );

const installReranker = async () => {
  const from = join(folder, '.published');
  writeTinyReranker(from);
  return (await installModel(store, { from, id: 'tiny-reranker', settings: { aliases: ['team/tiny'] }, quantise: false })).model;
};

let system: TestSystem;
let client: ApiClient;
let reranker: InstalledModel;
beforeAll(async () => {
  await install(SECOND);
  reranker = await installReranker();
  system = await TestSystem.start({ env: { MODELS_DIR: folder } });
  client = system.client();
  await until('the space of the second model', () => search('anything', 'second-model').catch(() => undefined));
}, 120_000);
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const embed = async (segment: string, text: string, model?: string) => {
  const { job_id } = await client.ok<{ job_id: string }>('POST', '/vectors/embed', { asset_id: 'doc', segment_id: segment, text, ...(model ? { model } : {}) });
  return client.done(job_id);
};
const search = (query: string, model?: string) =>
  client.ok<{ query_model: string; query_model_ver: string; results: { payload: { segment_id: string } }[] }>('POST', '/vectors/search', {
    query,
    ...(model ? { model } : {}),
  });

describe('an installed model', () => {
  it('E7: is chosen by id or alias, for texts and for queries, and never mixes with another', async () => {
    await embed('in-second', 'The ferry leaves the harbour at noon.', 'team/second');
    await embed('in-built-in', 'The train leaves the station at noon.');
    const segments = async (model?: string) => (await search('when does the boat go?', model)).results.map(({ payload }) => payload.segment_id);
    expect(await segments('second-model')).toEqual(['in-second']);
    expect(await segments('team/second')).toEqual(['in-second']);
    expect(await segments()).toEqual(['in-built-in']);
    expect((await search('boat', 'team/second')).query_model).toBe('second-model');
  });

  it('E5: the result says how long the text is and how much of it the model read, prefix included', async () => {
    const { result } = await embed('long', 'word '.repeat(600), 'second-model');
    expect(result).toMatchObject({ tokens: 600 + 2 + 2, truncated_tokens: 256 });
  });

  it('E13: texts that stand twice in a batch are embedded once', async () => {
    const before = await embeddedTexts();
    const segments = Array.from({ length: 20 }, (_, i) => ({ segment_id: `twin-${i}`, text: `one of two texts: ${i % 2}` }));
    const { job_id } = await client.ok<{ job_id: string }>('POST', '/vectors/embed/batch', { asset_id: 'twins', segments, model: 'second-model' });
    await client.done(job_id);
    expect((await embeddedTexts()) - before).toBe(2);
  });

  it('E13: a text that the organisation has embedded before is not embedded again, and has the same vector; another organisation starts anew', async () => {
    const text = 'A sentence that is sent again and again.';
    const first = await embed('first', text, 'second-model');
    const before = await embeddedTexts();
    const again = await embed('again', text, 'second-model');
    expect((await embeddedTexts()) - before).toBe(0);
    const vector = async (job: typeof first) => (await client.ok<{ vector: number[] }>('GET', `/vectors/${job.result?.point_id}?vector=true`)).vector;
    expect(await vector(again)).toEqual(await vector(first));
    expect(again.result).toMatchObject({ tokens: first.result?.tokens, truncated_tokens: first.result?.truncated_tokens });
    const body = { asset_id: 'doc', segment_id: 'theirs', text, model: 'second-model' };
    const stranger = system.client();
    await stranger.done((await stranger.ok<{ job_id: string }>('POST', '/vectors/embed', body)).job_id);
    expect((await embeddedTexts()) - before).toBe(1);
  });

  it('E13: a deleted vector is forgotten, and so is what was known of its text', async () => {
    const text = 'A sentence that is deleted.';
    const { result } = await embed('deleted', text);
    await client.ok('DELETE', `/vectors/${result?.point_id}`);
    const before = await embeddedTexts('all-MiniLM-L6-v2');
    await embed('sent-anew', text);
    expect((await embeddedTexts('all-MiniLM-L6-v2')) - before).toBe(1);
  });

  it('E16: its run times are in the metrics, and the worker says which provider computes', async () => {
    expect(await metrics()).toMatch(/cairn_model_run_seconds_bucket\{[^}]*model="second-model"/);
    const { models } = (await (await fetch(`${system.service('worker').url}/readyz?verbose`)).json()) as { models: object[] };
    expect(models).toMatchObject([
      { model: 'all-MiniLM-L6-v2', loaded: true, runtime: { documents: { sessions: [{ provider: 'cpu', state: 'ready' }] } } },
      { model: 'second-model', space: 'second-model_v1_384_f32' },
      { model: 'tiny-reranker', loaded: true, runtime: { queries: { sessions: [{ provider: 'cpu', state: 'ready' }] } } },
    ]);
  });
});

describe('a model that is not there', () => {
  it('E3: is refused with those there are, when no model is called so', async () => {
    const reply = await client.call('POST', '/vectors/embed', { asset_id: 'a', segment_id: 's', text: 't', model: 'gpt-9' });
    expect([reply.status, reply.body.code]).toEqual([400, 'unknown_model']);
    for (const name of ['all-MiniLM-L6-v2', 'second-model', 'team/second', 'bge-small-en-v1.5']) expect(reply.body.detail).toContain(name);
  });

  it.each(['/vectors/embed', '/vectors/search'])('E3: %s says how to install it, when it is a known one', async (path) => {
    const body = path.endsWith('search') ? { query: 'q' } : { asset_id: 'a', segment_id: 's', text: 't' };
    const reply = await client.call('POST', path, { ...body, model: 'BAAI/bge-small-en-v1.5' });
    expect([reply.status, reply.body.code]).toEqual([400, 'model_not_installed']);
    expect(reply.body.detail).toContain('cairn models pull bge-small-en-v1.5');
  });
});

describe('a reranker', () => {
  type Ranking = { model: string; results: { index: number; relevance_score: number }[]; warnings?: { code: string; message: string }[] };
  const QUERY = 'when does the boat go?';
  const DOCUMENTS = ['bread is made of flour', 'the ferry leaves at noon', 'a', 'is it? [SEP] the cat', 'zebra, quagga'];
  const rerank = (documents = DOCUMENTS, model: string | undefined = 'tiny-reranker') =>
    client.ok<Ranking>('POST', '/v1/rerank', { query: QUERY, documents, model });
  const byReference = (documents: string[]) =>
    referenceScores(QUERY, documents)
      .map((score, index) => ({ index, relevance_score: expect.closeTo(score, 5), score }))
      .sort((a, b) => b.score - a.score)
      .map(({ score: _, ...result }) => result);

  it('V9: orders texts by its scores, which are those of the plain formulas', async () => {
    expect(await rerank()).toEqual({ object: 'list', model: 'tiny-reranker', results: byReference(DOCUMENTS) });
    expect((await rerank(DOCUMENTS, 'team/tiny')).results).toEqual(byReference(DOCUMENTS));
  });

  it('V9: scores more texts than are sent to a worker at once, each in its place', async () => {
    const many = Array.from({ length: 40 }, (_, at) => DOCUMENTS[at % DOCUMENTS.length] as string);
    const scores = new Map((await rerank(many)).results.map(({ index, relevance_score }) => [index, relevance_score]));
    expect(many.map((_, at) => scores.get(at))).toEqual(referenceScores(QUERY, many).map((score) => expect.closeTo(score, 5)));
  });

  it.each([
    ['/vectors/embed', { asset_id: 'a', segment_id: 's', text: 't' }],
    ['/vectors/embed/batch', { asset_id: 'a', segments: [{ segment_id: 's', text: 't' }] }],
    ['/vectors/search', { query: 'q' }],
    ['/v1/embeddings', { input: 't' }],
  ])('V9: is refused by %s, with what it is for, installed or not', async (path, body) => {
    for (const model of ['tiny-reranker', 'team/tiny', 'cross-encoder/ms-marco-MiniLM-L6-v2']) {
      const reply = await client.call('POST', path, { ...body, model });
      expect([reply.status, reply.body.code]).toEqual([422, 'invalid_input']);
      expect(reply.body.detail).toMatch(/is a reranker: it orders texts for a query \(model of POST \/v1\/rerank\) and makes no vectors/);
    }
  });

  it('V9: that is known and not installed is refused with how to install it', async () => {
    const reply = await client.call('POST', '/v1/rerank', { query: QUERY, documents: DOCUMENTS, model: 'ms-marco-MiniLM-L-6-v2' });
    expect([reply.status, reply.body.code]).toEqual([400, 'model_not_installed']);
    expect(reply.body.detail).toContain('cairn models pull ms-marco-MiniLM-L-6-v2');
  });

  it('V9: is listed as one, and has neither dimensions nor a space', async () => {
    const shown = await client.ok('GET', '/v1/models/team%2Ftiny');
    expect(shown).toMatchObject({ id: 'tiny-reranker', kind: 'reranker', max_tokens: 40 });
    expect(shown).not.toHaveProperty('dimensions');
    expect(await client.ok('GET', '/v1/models/default')).toMatchObject({ kind: 'embedding', dimensions: 384 });
    const registered = await system.database.sql(`SELECT kind, dimension, space FROM models WHERE id = 'tiny-reranker'`);
    expect(registered).toEqual([{ kind: 'reranker', dimension: null, space: null }]);
    expect(await system.database.sql(`SELECT name FROM spaces WHERE name LIKE 'tiny%'`)).toEqual([]);
  });

  it('V9: its runs are in the metrics', async () => {
    await rerank();
    expect(await metrics()).toMatch(/cairn_model_texts_total\{[^}]*"tiny-reranker"[^}]*\} [1-9]/);
  });

  const warned = [
    { code: 'reranker_failed', message: expect.stringContaining('The reranker tiny-reranker did not answer. The texts are ordered by late interaction of') },
  ];
  const inItsPlace = async () => ({ ...(await rerank(DOCUMENTS, 'default')), warnings: warned });

  it('V9: that fails is replaced by late interaction, with a warning', async () => {
    await system.restart('worker', { MODELS_DIR: '' });
    const expected = await until('the worker to compare again', inItsPlace);
    const { url, user, password } = system.stack.nats;
    const nats = await connect({ servers: [new URL(url).host], user, pass: password });
    let asked = 0;
    nats.subscribe(new Subjects(system.namespace).compareTexts(comparesAs(reranker)), {
      callback: (_, message) => {
        asked++;
        message.respond(JSON.stringify({ error: 'unavailable', detail: 'The model ran out of memory' }));
      },
    });
    await nats.flush();
    const ranking = await rerank();
    await nats.close();
    expect(asked).toBe(1);
    expect(ranking).toEqual(expected);
  });

  it('V9: that no worker has any more is replaced the same way; when no worker answers at all, the answer is 503', async () => {
    expect(await rerank()).toEqual(await inItsPlace());
    await system.service('worker').kill();
    const reply = await client.call('POST', '/v1/rerank', { query: QUERY, documents: DOCUMENTS, model: 'tiny-reranker' });
    expect([reply.status, reply.body.code]).toEqual([503, 'unavailable']);
    await system.restart('worker');
    await until('the reranker to answer again', async () => !('warnings' in (await rerank())));
  });
});

describe('a worker', () => {
  it('answers what is no request, and goes on', async () => {
    const { url, user, password } = system.stack.nats;
    const nats = await connect({ servers: [new URL(url).host], user, pass: password });
    const subject = new Subjects(system.namespace).embedTexts(spaceOf(BUILT_IN_MODEL));
    const answers: unknown[] = [];
    for (const nonsense of ['', 'no json', '{}', '{"texts":7,"mode":"query"}'])
      answers.push((await nats.request(subject, nonsense, { timeout: 5_000 })).json());
    await nats.close();
    expect(answers).toEqual(answers.map(() => expect.objectContaining({ error: expect.any(String) })));
    await expect(search('still there?')).resolves.toBeDefined();
  });

  const startsWith = async (models: ModelStore): Promise<string> => {
    const worker = system.service('worker');
    const before = worker.log().length;
    await worker.kill();
    worker.start({ MODELS_DIR: models.folder });
    expect(await worker.gone()).not.toBe(0);
    return worker.log().slice(before);
  };
  const another = async (model: OnnxModel): Promise<ModelStore> => {
    const other = new ModelStore(mkdtempSync(join(folder, '.other-')));
    await install(model, other);
    return other;
  };
  afterAll(() => system.restart('worker'));

  it('E14: refuses to start with a file that was changed, and says which', async () => {
    const other = await another(SECOND);
    appendFileSync(join(other.folder, SECOND.id, BUILT_IN_MODEL.files.model.path), 'x');
    expect(await startsWith(other)).toContain('model_int8_row.onnx of model second-model is not the one the catalogue names');
  });

  it('E9: refuses to start with a model of another dimension than it says, with both numbers', async () => {
    expect(await startsWith(await another({ ...SECOND, dimension: 512 }))).toContain('gives vectors of 384 numbers, the catalogue says 512');
  });

  it('E8: refuses to serve other vectors under a name and version that were served before', async () => {
    expect(await startsWith(await another({ ...SECOND, documentPrefix: 'text: ' }))).toContain('was served here before with other files or settings');
  });

  it('E8: serves them under another version, in a space of their own', async () => {
    const other = await another({ ...SECOND, version: 'v2', documentPrefix: 'text: ' });
    await system.restart('worker', { MODELS_DIR: other.folder });
    const searched = () => search('when does the boat go?', 'second-model').catch(() => undefined);
    const found = await until('the new version to be searched', async () => ((await searched())?.query_model_ver === 'v2' ? searched() : undefined));
    expect(found?.results).toEqual([]);
  });

  it('E14: tells what is missing when its provider is not there', async () => {
    const worker = system.service('worker');
    const before = worker.log().length;
    await worker.kill();
    worker.start({ MODEL_PROVIDER: 'cuda' });
    expect(await worker.gone()).not.toBe(0);
    expect(worker.log().slice(before)).toMatch(/MODEL_PROVIDER is cuda, and it cannot be used here: .*Set MODEL_PROVIDER=cpu/);
  });
});

const metrics = async () => (await fetch(`${system.service('worker').url}/metrics`)).text();

async function embeddedTexts(model = 'second-model'): Promise<number> {
  const line = (await metrics())
    .split('\n')
    .find((one) => one.startsWith('cairn_model_texts_total') && one.includes(`"${model}"`) && one.includes('"documents"'));
  return Number(line?.split(' ').at(-1) ?? 0);
}
