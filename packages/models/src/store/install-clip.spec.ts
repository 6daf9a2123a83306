import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { assertConforms, checkFiles, fingerprintOf, KNOWN_MODELS, type KnownClip, ModelStore, type OnnxClip } from '../../dist/index.js';
import { type InstallRequest, installModel, pullModel } from '../../dist/install.js';
import { StubHub } from '../fixtures/stub-hub.js';
import { writeTableModel } from '../fixtures/table-model.js';
import { TINY_CLIP_DIMENSION, TINY_SIGHT, writeTinyClip } from '../fixtures/tiny-clip.js';

let root: string;
let from: string;
let store: ModelStore;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cairn-clip-'));
  from = join(root, 'published');
  store = new ModelStore(join(root, 'models'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const install = (request: Partial<InstallRequest> = {}) => installModel(store, { from, id: 'tiny-clip', settings: {}, quantise: false, ...request });
/** What a catalogue would say of the made-up model. */
const KNOWN = KNOWN_MODELS.find(({ kind }) => kind === 'clip') as KnownClip;

describe('a CLIP-style model from a folder', () => {
  it('E9: is installed with both towers, which keep what every model must keep', async () => {
    await writeTinyClip(from);
    const { model, report } = await install({ settings: { aliases: ['team/clip'] } });
    expect(model).toMatchObject({ kind: 'clip', dimension: TINY_CLIP_DIMENSION, inputs: ['text', 'image'], sight: TINY_SIGHT, maxTokens: 40, origin: from });
    expect(report.batchDifference).toBeLessThanOrEqual(1e-5);
    expect(report.lengthError).toBeLessThanOrEqual(1e-3);
    const [installed] = (await store.list()).models;
    expect(installed).toEqual(model);
    expect(await assertConforms(installed as OnnxClip)).toEqual(report);
  }, 60_000);

  it('E9: may have no tower for texts', async () => {
    await writeTinyClip(from, { towers: 'vision' });
    expect((await install()).model).toMatchObject({ inputs: ['image'], maxTokens: 0, files: { vision: { path: 'vision_model.onnx' } } });
  }, 60_000);

  it('E6: whose image has another vector in company is refused, and nothing is left behind', async () => {
    await writeTinyClip(from, { mixes: true });
    await expect(install()).rejects.toThrow(/Model tiny-clip is not batch-invariant: an image's vector differs by/);
    expect(readdirSync(store.folder)).toEqual([]);
  }, 60_000);

  it('is refused with the reason where something is missing, or is said that has no use', async () => {
    await writeTinyClip(from);
    await expect(install({ quantise: true })).rejects.toThrow('Import it without --quantise');
    await expect(install({ settings: { pooling: 'mean', queryPrefix: 'q: ' } })).rejects.toThrow('leave pooling, queryPrefix out');
    await expect(install({ id: KNOWN.id })).rejects.toThrow(/cannot read an image of 224 x 224 pixels/);
    await expect(install({ id: 'gte-small' })).rejects.toThrow('The model in the folder reads images, and gte-small does not.');
    rmSync(join(from, 'tokenizer.json'));
    await expect(install()).rejects.toThrow('The folder has no tokenizer.json. Without it no text can be read');
    writeFileSync(join(from, 'preprocessor_config.json'), JSON.stringify({ size: 256, crop_size: 224, image_mean: [0, 0, 0], image_std: [1, 1, 1] }));
    await expect(install()).rejects.toThrow('scales images to another size');
    rmSync(join(from, 'preprocessor_config.json'));
    await expect(install()).rejects.toThrow('has no preprocessor_config.json, which says how the model sees');
    expect(readdirSync(store.folder)).toEqual([]);
  }, 60_000);

  it('a model of texts does not become one of the catalogue that reads images', async () => {
    await writeTableModel(from);
    await expect(install({ id: KNOWN.id })).rejects.toThrow('the folder has no tower for them: vision_model.onnx');
  }, 60_000);

  it('E14: a tower that was changed is named', async () => {
    await writeTinyClip(from);
    const { model } = await install();
    for (const name of ['vision_model.onnx', 'text_model.onnx', 'tokenizer.json']) {
      appendFileSync(join(model.folder, name), ' ');
      await expect(checkFiles(model)).rejects.toThrow(`The file ${name} of model tiny-clip is not the one the catalogue names`);
      await writeTinyClip(from);
      await install();
    }
  }, 60_000);

  it('E8: has the fingerprint of its files and of how it sees', async () => {
    await writeTinyClip(from);
    const model = (await install()).model as OnnxClip;
    const others: OnnxClip[] = [
      { ...model, sight: { ...model.sight, mean: [0.4, 0.5, 0.5] } },
      { ...model, maxTokens: 20 },
      { ...model, files: { ...model.files, vision: { path: 'vision_model.onnx', sha256: '0'.repeat(64) } } },
      { ...model, inputs: ['image'], files: { vision: model.files.vision } },
    ];
    expect(new Set([model, ...others].map(fingerprintOf)).size).toBe(5);
    expect(fingerprintOf({ ...model, aliases: ['x'], licence: 'MIT' })).toBe(fingerprintOf(model));
  }, 60_000);

  it.each([
    [{ inputs: ['text'] }, 'inputs must be ["text", "image"] or ["image"]'],
    [{ sight: { size: 0, mean: [0, 0, 0], std: [1, 1, 1] } }, 'sight must have a size'],
    [{ sight: { size: 16, mean: [0, 0, 0], std: [1, 1, 0] } }, 'sight must have a size'],
    [{ inputs: ['image'] }, 'files must be vision'],
    [{ files: { vision: { path: '../x.onnx', sha256: '0'.repeat(64) } } }, 'files.vision must have the plain name'],
  ])(
    'a manifest with %j is refused',
    async (change, reason) => {
      await writeTinyClip(from);
      const { folder, ...model } = (await install()).model;
      writeFileSync(join(folder, 'cairn-model.json'), JSON.stringify({ format: 1, ...model, ...change }));
      const { models, refused } = await store.list();
      expect([models, refused]).toEqual([[], [{ name: 'tiny-clip', reason: expect.stringContaining(reason) }]]);
    },
    60_000,
  );
});

it('E14: a known CLIP-style model is fetched: tokenizer and both towers, from one commit', async () => {
  await writeTinyClip(from);
  const hub = new StubHub(from);
  await hub.start();
  try {
    const known: KnownClip = { ...KNOWN, dimension: TINY_CLIP_DIMENSION, sight: TINY_SIGHT };
    const { model } = await pullModel(store, known, { quantise: false, offline: false, hub: hub.url, env: {} });
    expect(model).toMatchObject({ id: 'clip-vit-base-patch32', maxTokens: 77, licence: 'MIT', inputs: ['text', 'image'] });
    const asked = hub.asked.filter((line) => line.startsWith('GET /Xenova')).map((line) => line.split('/').at(-1));
    expect(asked).toEqual(['tokenizer.json']);
    expect(hub.asked.filter((line) => line.startsWith('GET /elsewhere'))).toEqual(['GET /elsewhere/vision_model.onnx', 'GET /elsewhere/text_model.onnx']);
    await expect(pullModel(store, known, { quantise: false, offline: true, hub: hub.url, env: {} })).rejects.toThrow(
      'tokenizer.json and vision_model.onnx and text_model.onnx of clip-vit-base-patch32 were not fetched yet',
    );
  } finally {
    hub.stop();
  }
}, 60_000);
