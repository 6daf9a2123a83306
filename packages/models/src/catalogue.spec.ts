import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  BUILT_IN_MODEL,
  CATALOGUE,
  comparesAs,
  findModel,
  fingerprintOf,
  KNOWN_MODELS,
  MOCK_MODEL,
  type Model,
  type ModelName,
  type OnnxReranker,
  requireModel,
  resolveCollectionModel,
  resolveComparingModel,
  resolveImageModel,
  resolveTextModel,
  spaceOf,
} from './catalogue.js';

const LABELS = ['all-MiniLM-L6-v2', 'minilm-l6-v2', 'sentence-transformers/all-MiniLM-L6-v2', 'default'];

describe('catalogue', () => {
  it.each(LABELS)('%s names the built-in model', (label) => {
    expect(findModel(label, CATALOGUE)).toBe(BUILT_IN_MODEL);
  });

  it.each(['MiniLM-L6-v2', 'DEFAULT', ' mock', 'Mock', ''])('%j names no model: labels are compared letter by letter', (label) => {
    expect(findModel(label, CATALOGUE)).toBeUndefined();
  });

  it('E3: an unknown model is refused with the list of the known ones', () => {
    const refused = expect.objectContaining({ code: 'unknown_model', status: 400, message: expect.stringContaining('"gpt-9"') });
    expect(() => requireModel('gpt-9', CATALOGUE)).toThrow(refused as unknown as Error);
    for (const known of [...LABELS, 'mock']) expect(() => requireModel('gpt-9', CATALOGUE)).toThrow(known);
  });

  it.each(KNOWN_MODELS)('E3: $id can be installed: until then it is refused with how to do that', ({ id, aliases }) => {
    const refused = expect.objectContaining({ code: 'model_not_installed', status: 400, message: expect.stringContaining(`cairn models pull ${id}`) });
    for (const label of [id, ...aliases]) expect(() => requireModel(label, CATALOGUE)).toThrow(refused as unknown as Error);
  });

  it('E8: what changes the vectors changes the fingerprint, and what does not leaves it', () => {
    const withData = (first: string, second: string) => {
      const data = [first, second].map((path, at) => ({ path, sha256: String(at).repeat(64), size: 1 }));
      return { files: { ...BUILT_IN_MODEL.files, data } };
    };
    const changed: Partial<typeof BUILT_IN_MODEL>[] = [
      { pooling: 'cls' },
      { documentPrefix: 'passage: ' },
      { maxTokens: 128 },
      { files: { ...BUILT_IN_MODEL.files, model: { path: 'model.onnx', sha256: '0'.repeat(64) } } },
      withData('a', 'b'),
      withData('b', 'a'),
    ];
    const fingerprints = changed.map((change) => fingerprintOf({ ...BUILT_IN_MODEL, ...change }));
    expect(new Set([fingerprintOf(BUILT_IN_MODEL), ...fingerprints]).size).toBe(changed.length + 1);
    expect(fingerprintOf({ ...BUILT_IN_MODEL, aliases: [], folder: '/elsewhere', licence: 'MIT' })).toBe(fingerprintOf(BUILT_IN_MODEL));
  });

  it('shows little of an absurd label', () => {
    expect(() => requireModel('x'.repeat(1_000_000), CATALOGUE)).toThrow(/^There is no model "x{100}"\. .{0,1500}$/);
  });

  it('all labels of a model share one space, and models have different ones', () => {
    expect(LABELS.map((label) => spaceOf(requireModel(label, CATALOGUE)))).toEqual(LABELS.map(() => 'all-MiniLM-L6-v2_v1_384_f32'));
    expect(spaceOf(MOCK_MODEL)).toBe('mock_v1_384_f32');
  });

  it('no label names two models', () => {
    const labels = [...CATALOGUE, ...KNOWN_MODELS].flatMap(({ id, aliases }) => [id, ...aliases]);
    expect(new Set(labels).size).toBe(labels.length);
  });

  it.each(['catalogue.js', 'index.js'])('importing %s does not load ONNX Runtime: only inference threads do', (file) => {
    const script = `await import(${JSON.stringify(join(import.meta.dirname, '..', 'dist', file))}); console.log(process.report.getReport().sharedObjects.join())`;
    const loaded = execFileSync(process.execPath, ['--input-type=module', '-e', script]).toString();
    expect(loaded).toContain('libc');
    expect(loaded).not.toContain('onnxruntime');
  });

  it('finds models in a catalogue that is passed in', () => {
    const own: Model = { ...BUILT_IN_MODEL, id: 'own', aliases: ['mine'] };
    expect(findModel('mine', [own])).toBe(own);
    expect(() => requireModel('default', [own])).toThrow('Models here: own (also mine). Models that can be installed: bge-small-en-v1.5,');
  });
});

describe('the mock model', () => {
  const none = async () => [];

  it('E3: makes vectors of the texts of collections, and of no others', async () => {
    expect(await resolveCollectionModel('mock', none)).toBe(MOCK_MODEL);
    await expect(resolveTextModel('mock', none)).rejects.toMatchObject({ code: 'unknown_model', message: expect.stringContaining('made of ids') });
  });

  it('E3: is what collections have only where it is asked for', async () => {
    expect(await resolveCollectionModel(undefined, none)).toBe(BUILT_IN_MODEL);
    await expect(resolveCollectionModel('Mock', none)).rejects.toMatchObject({ code: 'unknown_model' });
  });
});

describe('a model that reads images', () => {
  const clip: ModelName = { kind: 'clip', id: 'own-clip', aliases: ['team/clip'], version: 'v1', dimension: 512, inputs: ['text', 'image'] };
  const blind: ModelName = { ...clip, id: 'no-words', aliases: [], inputs: ['image'] };
  const here = async () => [clip, blind];
  const refusal = (message: RegExp) => ({ code: 'invalid_input', status: 422, message: expect.stringMatching(message), errors: [{ path: 'model' }] });

  it('E9: is found for images by id and alias, and for texts where it has a tower for them', async () => {
    expect([await resolveImageModel('team/clip', here), await resolveTextModel('own-clip', here), await resolveImageModel('no-words', here)]).toEqual([
      clip,
      clip,
      blind,
    ]);
    await expect(resolveTextModel('no-words', here)).rejects.toMatchObject(
      refusal(/^no-words reads images \(model of POST \/vectors\/embed\/image\) and no texts/),
    );
  });

  it('E9: is named to whoever sends an image to a model of texts, with how to install more', async () => {
    const message = /^all-MiniLM-L6-v2 reads texts and no images\. .*: own-clip, no-words, clip-vit-base-patch32 \(not installed: cairn models pull/;
    await expect(resolveImageModel('default', here)).rejects.toMatchObject(refusal(message));
    await expect(resolveImageModel('clip', here)).rejects.toMatchObject({ code: 'model_not_installed' });
  });

  it('E8: that was removed is refused with how to get it back, and no longer named to others', async () => {
    const removed = async () => [{ ...clip, status: 'removed' as const }, blind];
    await expect(resolveImageModel('own-clip', removed)).rejects.toMatchObject({
      code: 'model_not_installed',
      message: expect.stringMatching(/^The model own-clip was here, .*cairn models import <folder> --id own-clip/),
    });
    await expect(resolveImageModel('default', removed)).rejects.toThrow('that reads images: no-words, clip-vit-base-patch32 (not installed');
  });

  it('E9: cannot order texts, and is marked where all models are listed', async () => {
    await expect(resolveComparingModel('own-clip', here)).rejects.toMatchObject(refusal(/gives no vectors of tokens, so it cannot order texts/));
    expect(() => requireModel('gpt-9', [clip, blind])).toThrow('own-clip (for images and texts; also team/clip); no-words (for images only)');
  });
});

describe('a reranker', () => {
  const { version, maxTokens, licence, origin, files, folder } = BUILT_IN_MODEL;
  const own: OnnxReranker = { kind: 'reranker', id: 'own-reranker', aliases: ['team/own'], version, maxTokens, licence, origin, files, folder };
  const here = async () => [own];
  const refusal = (message: string) => expect.objectContaining({ code: 'invalid_input', status: 422, message, errors: [{ path: 'model', message }] });

  it.each(['own-reranker', 'team/own'])('V9: %s compares texts with a query, and is refused where vectors are wanted, with what it is for', async (label) => {
    expect(await resolveComparingModel(label, here)).toBe(own);
    const message = expect.stringMatching(/^own-reranker is a reranker: .*POST \/v1\/rerank.* makes no vectors/) as unknown as string;
    await expect(resolveTextModel(label, here)).rejects.toEqual(refusal(message));
  });

  it('V9: that is known and not installed is refused the same way, and offered for comparing', async () => {
    const known = 'cross-encoder/ms-marco-MiniLM-L-12-v2';
    await expect(resolveTextModel(known, here)).rejects.toThrow('ms-marco-MiniLM-L-12-v2 is a reranker');
    await expect(resolveComparingModel(known, here)).rejects.toMatchObject({
      code: 'model_not_installed',
      message: expect.stringContaining('cairn models pull'),
    });
  });

  it('V9: a model that makes vectors compares too, and is what compares when nothing is said', async () => {
    expect([await resolveComparingModel(undefined, here), await resolveTextModel(undefined, here)]).toEqual([BUILT_IN_MODEL, BUILT_IN_MODEL]);
    await expect(resolveComparingModel('mock', here)).rejects.toMatchObject({ code: 'unknown_model' });
  });

  it('is marked where all models are listed', () => {
    expect(() => requireModel('gpt-9', [own])).toThrow('Models here: own-reranker (for reranking only; also team/own)');
    expect(() => requireModel('gpt-9', [own])).toThrow('ms-marco-MiniLM-L-6-v2 (for reranking only), ms-marco');
  });

  it('V9: has an address of its own for each version, and no space', () => {
    expect([comparesAs(own), comparesAs({ ...own, version: 'v2' }), comparesAs(BUILT_IN_MODEL)]).toEqual([
      'own-reranker_v1_reranker',
      'own-reranker_v2_reranker',
      spaceOf(BUILT_IN_MODEL),
    ]);
  });

  it('E8: has the fingerprint of its files and length, which is that of no other model', () => {
    const prints = [own, { ...own, maxTokens: 128 }, { ...own, files: { ...files, model: { path: 'm', sha256: '0'.repeat(64) } } }, BUILT_IN_MODEL].map(
      fingerprintOf,
    );
    expect(new Set(prints).size).toBe(4);
    expect(fingerprintOf({ ...own, licence: 'MIT', aliases: [] })).toBe(prints[0]);
  });
});
