import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddingRuntime, ModelStore } from '../../dist/index.js';
import { type InstallRequest, installModel } from '../../dist/install.js';
import { writeTableModel } from '../fixtures/table-model.js';

let root: string;
let from: string;
let store: ModelStore;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cairn-install-'));
  from = join(root, 'published');
  store = new ModelStore(join(root, 'models'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const install = (request: Partial<InstallRequest> = {}) =>
  installModel(store, { from, id: 'table', settings: { pooling: 'mean', maxTokens: 64 }, quantise: false, ...request });

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
    const runtime = await EmbeddingRuntime.start({ model: installed as typeof model, threads: 1 });
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
