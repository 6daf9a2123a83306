import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  assertConforms,
  checkFiles,
  EmbeddingRuntime,
  type InstalledModel,
  ModelPool,
  ModelStore,
  type OnnxModel,
  type OnnxReranker,
  RerankerRuntime,
} from '../../dist/index.js';
import { type InstallRequest, installModel } from '../../dist/install.js';
import { plainLastVector } from '../fixtures/plain-decoder.js';
import { largestDifference } from '../fixtures/reference.js';
import { writeTableModel, writeTableReranker } from '../fixtures/table-model.js';
import { DATA, writeTinyDecoder } from '../fixtures/tiny-decoder.js';
import { referenceScores, writeTinyReranker } from '../fixtures/tiny-reranker.js';
import { BYTE_LEVEL_JSON } from '../fixtures/tokenizer-files.js';
import { makeTokenizer } from '../tokenizer/tokenizer.js';

let root: string;
let from: string;
let store: ModelStore;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cairn-install-'));
  from = join(root, 'published');
  store = new ModelStore(join(root, 'models'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const install = async (request: Partial<InstallRequest> = {}) => {
  const installed = await installModel(store, { from, id: 'table', settings: { pooling: 'mean', maxTokens: 64 }, quantise: false, ...request });
  return { ...installed, model: installed.model as OnnxModel | OnnxReranker };
};

/** Where the file lies now. */
function moved(path: string, folder = '.'): string {
  const place = join(dirname(path), folder, 'moved');
  renameSync(path, place);
  return place;
}

describe('a model from a folder', () => {
  it('E14: is installed and gives vectors of its own dimension', async () => {
    await writeTableModel(from, { dimension: 12 });
    const stages = new Set<string>();
    const { model, report } = await install({ onProgress: (stage) => stages.add(stage) });
    expect(model).toMatchObject({
      id: 'table',
      version: 'v1',
      dimension: 12,
      maxTokens: 64,
      pooling: 'mean',
      normalise: true,
      licence: 'not stated',
      origin: from,
    });
    expect(report.batchDifference).toBeLessThanOrEqual(1e-5);
    expect([...stages]).toEqual(['write', 'try', 'conformance']);
    const [installed] = (await store.list()).models;
    const runtime = await EmbeddingRuntime.start({ model: installed as OnnxModel, threads: 1 });
    expect((await runtime.embedQuery('a text')).vector).toHaveLength(12);
    await runtime.stop();
  }, 60_000);

  it('takes what the caller says before what the folder says', async () => {
    await writeTableModel(from);
    const settings = { pooling: 'mean', normalise: false, queryPrefix: 'q: ', aliases: ['team/table'], version: 'v7', licence: 'MIT', maxTokens: 32 } as const;
    expect((await install({ settings })).model).toMatchObject(settings);
  }, 60_000);

  it('E6: that is not batch-invariant is refused with the figure, and nothing is left behind', async () => {
    await writeTableModel(from, { mixes: true });
    await expect(install()).rejects.toThrow(/Model table is not batch-invariant: a text's vector differs by [\d.]+e-\d with what else is in the batch/);
    expect(readdirSync(store.folder)).toEqual([]);
  }, 60_000);

  it('E9: that claims to be a known model of another dimension is refused with both numbers', async () => {
    await writeTableModel(from, { dimension: 8 });
    await expect(install({ id: 'bge-small-en-v1.5' })).rejects.toThrow('gives vectors of 8 numbers, and bge-small-en-v1.5 has 384');
  }, 60_000);

  it('of which nobody says how to pool it is refused with what to say', async () => {
    await writeTableModel(from);
    await expect(install({ settings: {} })).rejects.toThrow('Say --pooling mean, cls or last');
  }, 60_000);

  it.each(['all-MiniLM-L6-v2', 'mock', '../../outside', '.hidden'])(
    'cannot be called %s',
    async (id) => {
      await writeTableModel(from);
      await expect(install({ id })).rejects.toThrow(/built in|cannot be the name|must be letters/);
      expect(existsSync(join(root, 'outside'))).toBe(false);
    },
    60_000,
  );

  it('whose tokenizer cannot be read is refused', async () => {
    await writeTableModel(from);
    writeFileSync(join(from, 'tokenizer.json'), '{"version":"1.0"}');
    await expect(install()).rejects.toThrow(/tokenizer.json/);
    expect(readdirSync(store.folder)).toEqual([]);
  }, 60_000);

  it('is replaced by the next one of its name', async () => {
    await writeTableModel(from, { dimension: 8 });
    await install();
    await writeTableModel(from, { dimension: 16 });
    await install();
    expect((await store.list()).models).toMatchObject([{ id: 'table', dimension: 16 }]);
  }, 60_000);
});

describe('a decoder from a folder', () => {
  const decoder = { id: 'tiny-decoder', settings: { pooling: 'last', maxTokens: 48 } } as const;

  it('E9: that takes positions and an empty past is installed, and a text has the same vector in any company', async () => {
    await writeTinyDecoder(from);
    const { model, report } = await install(decoder);
    expect(model).toMatchObject({ id: 'tiny-decoder', dimension: 32, maxTokens: 48, pooling: 'last' });
    expect(report.batchDifference).toBeLessThanOrEqual(1e-5);
    expect(await assertConforms(model)).toEqual(report);
  }, 60_000);

  it('E9: gives the vectors of its formulas, of short texts beside long ones too', async () => {
    await writeTinyDecoder(from);
    const runtime = await EmbeddingRuntime.start({ model: (await install(decoder)).model as OnnxModel, threads: 1 });
    const texts = ['hello', 'hello world', 'a world of words, and hello to all of them'];
    const vectors = await runtime.embedTogether(texts);
    await runtime.stop();
    const tokenizer = makeTokenizer(BYTE_LEVEL_JSON, 48);
    for (const [at, text] of texts.entries()) {
      const plain = plainLastVector([...tokenizer.encode(text).ids]);
      expect(largestDifference(vectors[at] as Float32Array, Float32Array.from(plain))).toBeLessThan(1e-5);
    }
  }, 60_000);

  it('E9: is quantised like an encoder, by the same made-up texts', async () => {
    await writeTinyDecoder(from);
    const { model, report } = await install({ ...decoder, quantise: true });
    expect(model.files.model.path).toBe('model_int8_row.onnx');
    expect(report.batchDifference).toBeLessThanOrEqual(1e-5);
  }, 60_000);
});

describe('a model with weights in other files', () => {
  const decoder = { id: 'tiny-decoder', settings: { pooling: 'last', maxTokens: 48 } } as const;
  const vectorOf = async (model: InstalledModel) => {
    const runtime = await EmbeddingRuntime.start({ model: model as OnnxModel, threads: 1 });
    const { vector } = await runtime.embedQuery('hello world');
    await runtime.stop();
    return vector;
  };

  it('E9: is installed with them, and gives the vectors of the same model in one file', async () => {
    await writeTinyDecoder(from);
    const whole = await vectorOf((await install(decoder)).model);
    await writeTinyDecoder(from, [DATA, `${DATA}_1`]);
    const { model } = await install(decoder);
    const sizeOf = (name: string) => statSync(join(model.folder, name)).size;
    expect(model.files.data).toEqual([DATA, `${DATA}_1`].map((path) => ({ path, sha256: expect.stringMatching(/^[0-9a-f]{64}$/), size: sizeOf(path) })));
    expect((await store.list()).models).toEqual([model]);
    expect(await vectorOf(model)).toEqual(whole);
  }, 60_000);

  it('E9: lies with them in the folder that exporters call onnx', async () => {
    await writeTinyDecoder(join(from, 'onnx'), [DATA]);
    renameSync(join(from, 'onnx', 'tokenizer.json'), join(from, 'tokenizer.json'));
    expect((await install(decoder)).model.files.data).toHaveLength(1);
  }, 60_000);

  it.each<[string, (path: string) => void, RegExp]>([
    ['swapped', (path) => writeFileSync(path, readFileSync(path).fill(1)), /model.onnx_data of model tiny-decoder is not the one .* expected SHA-256/],
    ['longer than it is said to be', (path) => writeFileSync(path, Buffer.concat([readFileSync(path), readFileSync(path)])), /has \d+ bytes and not \d+/],
    ['a link', (path) => symlinkSync(moved(path), path), /is a link/],
    ['away', (path) => rmSync(path), /cannot be read. Restore it at/],
  ])(
    'E9: is refused when one of them is %s',
    async (_, change, reason) => {
      await writeTinyDecoder(from, [DATA]);
      const { model } = await install(decoder);
      change(join(model.folder, DATA));
      await expect(vectorOf(model)).rejects.toThrow(reason);
      await expect(checkFiles(model)).rejects.toThrow(reason);
    },
    60_000,
  );

  it('E9: is refused when its manifest does not name one, or names one that is too short', async () => {
    await writeTinyDecoder(from, [DATA]);
    const { model } = await install(decoder);
    const { data, ...files } = model.files;
    await expect(vectorOf({ ...model, files })).rejects.toThrow('its manifest does not name model.onnx_data');
    const short = (data ?? []).map((file) => ({ ...file, size: 100 }));
    await expect(vectorOf({ ...model, files: { ...files, data: short } })).rejects.toThrow(/asks for the first \d+ bytes of model.onnx_data, which has 100/);
  }, 60_000);

  it.each<[string, (path: string) => void, RegExp]>([
    ['not there', (path) => rmSync(path), /has no model.onnx_data. model.onnx keeps data in it/],
    ['a link out of the folder', (path) => symlinkSync(moved(path, '..'), path), /leads out of the folder/],
    ['a link inside the folder', (path) => symlinkSync(moved(path), path), /is a link. Copy the file itself/],
    ['too short', (path) => truncateSync(path, 1_000), /has 1000 bytes, and model.onnx asks for the first \d+. Download it again/],
  ])(
    'E9: cannot be imported when one of them is %s',
    async (_, change, reason) => {
      await writeTinyDecoder(from, [DATA]);
      change(join(from, DATA));
      await expect(install(decoder)).rejects.toThrow(reason);
      expect(readdirSync(store.folder)).toEqual([]);
    },
    60_000,
  );

  it('E9: cannot be imported when one of them has the name of another file', async () => {
    await writeTinyDecoder(from);
    rmSync(join(from, 'model.onnx'));
    await writeTinyDecoder(join(from, 'onnx'), ['tokenizer.json']);
    await expect(install(decoder)).rejects.toThrow('a file called tokenizer.json, which is the name of another file here');
  }, 60_000);

  it('E9: is not quantised, and says what to do', async () => {
    await writeTinyDecoder(from, [DATA]);
    await expect(install({ ...decoder, quantise: true })).rejects.toThrow(/made of one ONNX file, .* Leave --quantise out/);
  }, 60_000);

  it('E15: counts with all of them in what it is estimated to take', async () => {
    await writeTinyDecoder(from, [DATA]);
    const { model } = await install(decoder);
    const pool = await ModelPool.start([model], { threads: 1, memoryBytes: 1e9, idleMs: 0 });
    const bytes = ['model.onnx', DATA].reduce((sum, name) => sum + statSync(join(model.folder, name)).size, 0);
    expect(pool.info()[0]?.estimatedBytes).toBe(150_000_000 + 5 * bytes);
    await pool.stop();
  }, 60_000);
});

describe('a cross-encoder from a folder', () => {
  const installReranker = (request: Partial<InstallRequest> = {}) => install({ id: 'tiny-reranker', settings: {}, ...request });

  it('V9: becomes a reranker by what it is, without being told, and keeps what every model must keep', async () => {
    writeTinyReranker(from);
    const { model, report } = await installReranker({ settings: { licence: 'MIT', aliases: ['team/tiny'] } });
    const { files, folder, ...rest } = model;
    expect(rest).toEqual({ kind: 'reranker', id: 'tiny-reranker', aliases: ['team/tiny'], version: 'v1', maxTokens: 40, licence: 'MIT', origin: from });
    expect((await store.list()).models).toEqual([model]);
    expect(report.batchDifference).toBeLessThanOrEqual(1e-5);
    expect(await assertConforms(model)).toEqual(report);
  }, 60_000);

  it('V9: published as an ONNX file is one too', async () => {
    const safetensors = join(root, 'safetensors');
    writeTinyReranker(safetensors);
    const { model } = await installReranker({ from: safetensors, id: 'built' });
    const { model: again } = await installReranker({ from: model.folder, id: 'known-by-its-output', settings: { maxTokens: 40 } });
    expect(again).toMatchObject({ kind: 'reranker', id: 'known-by-its-output' });
    expect(again.files.model.sha256).toBe(model.files.model.sha256);
  }, 60_000);

  it('V9: in 8 bits is as batch-invariant, and close to the original', async () => {
    writeTinyReranker(from);
    const { model } = await installReranker({ quantise: true });
    const runtime = await RerankerRuntime.start({ model: model as OnnxReranker, threads: 1 });
    const texts = ['the ferry leaves at noon', 'bread is made of flour', 'a cat'];
    const scores = await runtime.score('when does the boat go?', texts);
    await runtime.stop();
    const truth = referenceScores('when does the boat go?', texts);
    const difference = Math.max(...scores.map((score, at) => Math.abs(score - (truth[at] as number))));
    expect(difference).toBeLessThan(0.02);
    expect(difference).toBeGreaterThan(1e-5);
  }, 60_000);

  it('V9: with several labels sorts into classes, and is refused', async () => {
    writeTinyReranker(from, 3);
    await expect(installReranker()).rejects.toThrow('(BertForSequenceClassification) gives 3 numbers for each pair of texts');
    expect(readdirSync(store.folder)).toEqual([]);
  }, 60_000);

  it('V9: does not become a known model that makes vectors, nor the other way round', async () => {
    writeTinyReranker(from);
    await expect(installReranker({ id: 'gte-small' })).rejects.toThrow('scores pairs of texts and makes no vectors, and gte-small makes vectors');
    rmSync(from, { recursive: true });
    await writeTableModel(from);
    await expect(install({ id: 'ms-marco-MiniLM-L-6-v2' })).rejects.toThrow('makes vectors, and ms-marco-MiniLM-L-6-v2 is a reranker');
  }, 60_000);

  it('E6: that gives a pair another score in company is refused with the figure', async () => {
    await writeTableReranker(from);
    expect((await installReranker({ id: 'sums' })).model.kind).toBe('reranker');
    await writeTableReranker(from, { mixes: true });
    await expect(installReranker()).rejects.toThrow(
      /Model tiny-reranker is not batch-invariant: a text's score differs by [\d.]+e-\d with what else is in the batch/,
    );
  }, 60_000);

  it('that is told how to make vectors is refused', async () => {
    writeTinyReranker(from);
    await expect(installReranker({ settings: { pooling: 'mean', queryPrefix: 'q: ' } })).rejects.toThrow('leave pooling, queryPrefix out');
  }, 60_000);
});
