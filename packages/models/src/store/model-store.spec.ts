import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BUILT_IN_MODEL, type InstalledModel, type OnnxModel, type OnnxReranker } from '../catalogue.js';
import { BUILT_IN_FOLDER } from '../fixtures/reference.js';
import { MANIFEST } from './manifest.js';
import { ModelStore } from './model-store.js';

const OWN: OnnxModel = { ...BUILT_IN_MODEL, id: 'own-model', aliases: ['mine'], folder: '' };
const { version, maxTokens, licence, origin, files } = BUILT_IN_MODEL;
const RERANKER: OnnxReranker = { kind: 'reranker', id: 'own-model', aliases: [], version, maxTokens, licence, origin, files, folder: '' };
const fill = (model: InstalledModel) => async (folder: string) => {
  cpSync(BUILT_IN_FOLDER, folder, { recursive: true });
  return model;
};
const nothing = async () => undefined;

describe('a folder of models', () => {
  let store: ModelStore;
  const install = (model: InstalledModel = OWN) => store.install(model.id, fill(model), nothing);
  const manifest = () => join(store.folder, 'own-model', MANIFEST);
  const change = (fields: object) => writeFileSync(manifest(), JSON.stringify({ ...JSON.parse(readFileSync(manifest(), 'utf8')), ...fields }));
  const reasons = async () => (await store.list()).refused.map(({ reason }) => reason);
  beforeEach(() => {
    store = new ModelStore(join(mkdtempSync(join(tmpdir(), 'cairn-store-')), 'models'));
  });
  afterEach(() => rmSync(join(store.folder, '..'), { recursive: true, force: true }));

  it('that is not there has no models', async () => {
    expect(await store.list()).toEqual({ models: [], refused: [] });
  });

  it('E14: keeps a model with everything that the catalogue must know of it', async () => {
    await install();
    expect(await store.list()).toEqual({ models: [{ ...OWN, folder: join(store.folder, 'own-model') }], refused: [] });
  });

  it('V9: keeps a reranker, of which nothing about vectors is asked', async () => {
    await install(RERANKER);
    expect(await store.list()).toEqual({ models: [{ ...RERANKER, folder: join(store.folder, 'own-model') }], refused: [] });
    change({ maxTokens: 0, kind: 'reranker' });
    expect(await reasons()).toEqual([expect.stringMatching(/is not right: maxTokens must be a whole number from 1 to \d+\.$/)]);
  });

  it('E8: refuses a model whose id and version, joined, are those of another: their vectors would meet in one space', async () => {
    await install({ ...OWN, id: 'own', aliases: [], version: 'model_2' });
    const twin: OnnxModel = { ...OWN, id: 'own_model', aliases: [], version: '2' };
    await expect(install(twin)).rejects.toThrow('The model own_model with the version 2 cannot be told from own with the version model_2');
    await install({ ...twin, version: '3' });
    await install({ ...twin, version: '4' });
    writeFileSync(
      join(store.folder, 'own_model', MANIFEST),
      readFileSync(join(store.folder, 'own_model', MANIFEST), 'utf8').replace('"version": "4"', '"version": "2"'),
    );
    expect(await reasons()).toEqual([expect.stringContaining('cannot be told from own')]);
  });

  it('has a model whole or not at all', async () => {
    await install();
    const broken = store.install('own-model', fill({ ...OWN, dimension: 7 }), async () => {
      throw new Error('not what it says');
    });
    await expect(broken).rejects.toThrow('not what it says');
    expect(await store.read('own-model')).toMatchObject({ dimension: 384 });
    expect(readdirSync(store.folder)).toEqual(['own-model']);
  });

  it('refuses files that are not those of their hashes', async () => {
    const files = { ...OWN.files, tokenizer: { ...OWN.files.tokenizer, sha256: '0'.repeat(64) } };
    await expect(install({ ...OWN, files })).rejects.toThrow('expected SHA-256 000');
    expect(existsSync(join(store.folder, 'own-model'))).toBe(false);
  });

  it.each<readonly [object, string | RegExp]>([
    [{ dimension: 0 }, 'dimension must be a whole number'],
    [{ kind: 'chat' }, 'kind must be one of onnx, reranker, clip'],
    [{ pooling: 'max' }, 'pooling must be one of mean, cls, last'],
    [{ files: { model: { path: '../../etc/passwd', sha256: 'a'.repeat(64) }, tokenizer: OWN.files.tokenizer } }, 'files.model must have the plain name'],
    ...[
      [{ path: '../data', sha256: 'a'.repeat(64), size: 1 }],
      [{ path: 'data', sha256: 'a'.repeat(64) }],
      [{ path: 'data', sha256: 'a'.repeat(64), size: 1.5 }],
      [{ path: 'data', size: 1 }],
      { path: 'data' },
    ].map((data) => [{ files: { ...OWN.files, data } }, 'files.data must be a list of at most 100 files'] as const),
    ...['tokenizer.json', MANIFEST].map(
      (path) => [{ files: { ...OWN.files, data: [{ path, sha256: 'a'.repeat(64), size: 1 }] } }, 'files must have different names'] as const,
    ),
    [{ id: 'another' }, 'folder and id must be the same'],
    [{ aliases: ['default'] }, 'bears the name default, which is that of all-MiniLM-L6-v2'],
    [{ aliases: ['BAAI/bge-small-en-v1.5'] }, 'which is that of bge-small-en-v1.5'],
    [{ format: 2, version: '', licence: 7 }, /format must be 1; version must be .*; licence must be a text/],
  ])('E9: a manifest with %j is refused', async (fields, reason) => {
    await install();
    change(fields);
    expect(await reasons()).toEqual([typeof reason === 'string' ? expect.stringContaining(reason) : expect.stringMatching(reason)]);
  });

  it('a folder without a manifest, and one that is not JSON, are named', async () => {
    await install();
    writeFileSync(manifest(), 'not json');
    mkdirSync(join(store.folder, 'empty'));
    expect(await reasons()).toEqual([expect.stringContaining('empty has no'), expect.stringContaining('not valid JSON')]);
  });

  it('two models cannot share a name', async () => {
    await install();
    await install({ ...OWN, id: 'other' });
    expect(await reasons()).toEqual([expect.stringContaining('mine is also borne by the model')]);
  });

  it.each(['..', 'a/b', '.hidden', ''])('%j is not a name', async (name) => {
    await expect(store.remove(name)).rejects.toThrow('cannot be the name of a model');
  });

  it('what lies beside the folders is not looked at', async () => {
    await install();
    symlinkSync('/etc', join(store.folder, 'link'));
    writeFileSync(join(store.folder, 'notes.txt'), 'mine');
    expect((await store.list()).models).toHaveLength(1);
  });

  it('forgets a model', async () => {
    await install();
    expect([await store.remove('own-model'), await store.remove('own-model')]).toEqual([true, false]);
    expect(await store.list()).toEqual({ models: [], refused: [] });
  });
});
