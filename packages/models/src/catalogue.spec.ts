import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { BUILT_IN_MODEL, CATALOGUE, findModel, fingerprintOf, KNOWN_MODELS, MOCK_MODEL, type Model, requireModel, spaceOf } from './catalogue.js';

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
    const refused = expect.objectContaining({ code: 'model_not_installed', status: 409, message: expect.stringContaining(`cairn models pull ${id}`) });
    for (const label of [id, ...aliases]) expect(() => requireModel(label, CATALOGUE)).toThrow(refused as unknown as Error);
  });

  it('E8: what changes the vectors changes the fingerprint, and what does not leaves it', () => {
    const changed: Partial<typeof BUILT_IN_MODEL>[] = [
      { pooling: 'cls' },
      { documentPrefix: 'passage: ' },
      { maxTokens: 128 },
      { files: { ...BUILT_IN_MODEL.files, model: { path: 'model.onnx', sha256: '0'.repeat(64) } } },
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
