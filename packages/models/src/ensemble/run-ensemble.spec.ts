import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DeviceClaim, type DeviceLock, DeviceLostError } from '@cairn/common/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  BUILT_IN_MODEL,
  bothLocks,
  DeviceFileLock,
  EmbeddingRuntime,
  type EnsembleRun,
  type LeaseEvent,
  type LoadedModel,
  type ModelName,
  makeEnsemble,
  type OnnxModel,
  runEnsemble,
} from '../../dist/index.js';
import { BUILT_IN_FOLDER, largestDifference } from '../fixtures/reference.js';
import { writeTableModel } from '../fixtures/table-model.js';
import { sha256Of } from '../runtime/model-files.js';

/** Everything that happened, in order. */
let story: string[];
let events: LeaseEvent[];
beforeEach(() => {
  story = [];
  events = [];
});

const modelCalled = (id: string): ModelName => ({ id, aliases: [], kind: 'onnx', version: 'v1', dimension: 2 });
const [A, B, C] = ['a', 'b', 'c'].map(modelCalled) as [ModelName, ModelName, ModelName];
const TEXTS = ['one', 'two', 'three', 'four', 'five'];

/** A lock that nobody else wants. From the check `lostAt` on it is lost. */
function quietLock({ name = 'device', lostAt = Number.POSITIVE_INFINITY } = {}): DeviceLock & { claims: DeviceClaim[] } {
  let [fence, checks] = [0, 0];
  const claims: DeviceClaim[] = [];
  return {
    claims,
    async acquire(claim) {
      story.push(`take ${name} for ${claim.model}`);
      claims.push(claim);
      return {
        device: name,
        fence: String(++fence),
        async check() {
          if (++checks >= lostAt) throw new DeviceLostError(name, 'another took it');
        },
        async release() {
          story.push(`give back ${name}`);
        },
      };
    },
  };
}

/** A model whose vectors are made of the lengths of the texts. `failsOn` is a text that it cannot embed. */
const loading =
  ({ failsOn = '' } = {}) =>
  async ({ id }: ModelName): Promise<LoadedModel> => {
    story.push(`load ${id}`);
    return {
      async embedDocuments(texts) {
        if (texts.includes(failsOn)) throw new Error(`${id} cannot embed`);
        story.push(`${id} embeds ${texts.length}`);
        return texts.map((text) => ({ vector: Float32Array.of(text.length, id.charCodeAt(0)), tokens: 1, readTokens: 1 }));
      },
      async stop() {
        story.push(`unload ${id}`);
      },
    };
  };

const run = (more: Partial<EnsembleRun<ModelName>> = {}) =>
  runEnsemble({
    ensemble: makeEnsemble({ models: [A, B, C] }),
    texts: TEXTS,
    lock: quietLock(),
    load: loading(),
    onLease: (event) => events.push(event),
    ...more,
  });
const told = () => events.map(({ event_type, model }) => `${event_type} ${model}`);

describe('a run of an ensemble', () => {
  it('E12: has one model on the device at a time, and loads it only while the device is held', async () => {
    const { models } = await run({ ensemble: makeEnsemble({ models: [A, B] }), batchSize: 2 });
    expect(models.map(({ model, embeddings }) => [model.id, embeddings.length])).toEqual([
      ['a', 5],
      ['b', 5],
    ]);
    const embeds = (id: string) => [2, 2, 1].map((texts) => `${id} embeds ${texts}`);
    const of = (id: string) => [`take device for ${id}`, `load ${id}`, ...embeds(id), `unload ${id}`, 'give back device'];
    expect(story).toEqual([...of('a'), ...of('b')]);
  });

  it('E12: tells of acquire and release in turn, with model, time, device, fence and how long it waited', async () => {
    await run();
    expect(told()).toEqual(['acquire a', 'release a', 'acquire b', 'release b', 'acquire c', 'release c']);
    expect(events[2]).toEqual({
      event_type: 'acquire',
      model: 'b',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      device: 'device',
      fence: '2',
      waited_ms: expect.any(Number),
    });
    expect(Object.keys(events[3] as LeaseEvent)).toEqual(['event_type', 'model', 'timestamp', 'device', 'fence']);
    const times = events.map(({ timestamp }) => timestamp);
    expect(times).toEqual([...times].sort());
  });

  it('E11: mixes the vectors of the models by their weights', async () => {
    const { vectors, failures } = await run({ ensemble: makeEnsemble({ models: [A, B], weights: [3, 1] }), texts: ['four'] });
    const unit = (x: number, y: number) => [x / Math.hypot(x, y), y / Math.hypot(x, y)] as const;
    const [a, b] = [unit(4, 97), unit(4, 98)];
    const sum = unit(0.75 * a[0] + 0.25 * b[0], 0.75 * a[1] + 0.25 * b[1]);
    expect([...(vectors[0] as Float32Array)]).toEqual(sum.map(Math.fround));
    expect(failures).toEqual([]);
  });

  it('E12: events alternate and every model is unloaded and its device given back, wherever it fails', async () => {
    const places = fc.record({
      lostAt: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 1, max: 20 })),
      failsOn: fc.constantFrom('', ...TEXTS),
      failsToLoad: fc.constantFrom('', 'a', 'b', 'c'),
      failsToKeep: fc.constantFrom('', 'a', 'b', 'c'),
      batchSize: fc.integer({ min: 1, max: 6 }),
    });
    const failIf = (fails: boolean) => (fails ? Promise.reject(new Error('it failed')) : Promise.resolve());
    await fc.assert(
      fc.asyncProperty(places, async ({ lostAt, failsOn, failsToLoad, failsToKeep, batchSize }) => {
        [story, events] = [[], []];
        await run({
          lock: bothLocks(quietLock({ name: 'file' }), quietLock({ name: 'table', lostAt })),
          batchSize,
          load: (model) => failIf(model.id === failsToLoad).then(() => loading({ failsOn })(model)),
          keep: ({ model }) => failIf(model.id === failsToKeep),
        }).catch(() => undefined);
        const models = events.map(({ model }) => model);
        expect(told()).toEqual(models.map((model, at) => `${at % 2 === 0 ? 'acquire' : 'release'} ${model}`));
        expect(models.filter((_, at) => at % 2 === 0)).toEqual(models.filter((_, at) => at % 2 === 1));
        const count = (what: string) => story.filter((line) => line.startsWith(what)).length;
        expect(count('unload')).toBe(count('load'));
        for (const name of ['file', 'table']) expect(count(`give back ${name}`)).toBe(count(`take ${name}`));
      }),
    );
  });

  it('E12: a device that is lost in the middle ends the run, and the vectors of that model are thrown away', async () => {
    const kept: string[] = [];
    const keep: EnsembleRun<ModelName>['keep'] = async ({ model }) => void kept.push(model.id);
    // Batches of 2 are checked before each of the three and once after: the sixth check is in the middle of b.
    const lost = run({ lock: quietLock({ lostAt: 6 }), batchSize: 2, keep });
    await expect(lost).rejects.toThrow('The device device is no longer held: another took it. What was computed on it was thrown away; run it again.');
    expect(kept).toEqual(['a']);
    expect(told()).toEqual(['acquire a', 'release a', 'acquire b', 'release b']);
    expect(story.at(-1)).toBe('give back device');
  });

  it('E12: a device that is lost during the last batch counts as lost too', async () => {
    const ensemble = makeEnsemble({ models: [A] });
    await expect(run({ ensemble, lock: quietLock({ lostAt: 4 }), batchSize: 2 })).rejects.toThrow(DeviceLostError);
  });

  it('E12: a model can be kept while its device is still held', async () => {
    const keep: EnsembleRun<ModelName>['keep'] = async ({ model }) => void story.push(`keep ${model.id}`);
    await run({ ensemble: makeEnsemble({ models: [A] }), keep });
    expect(story.slice(-3)).toEqual(['keep a', 'unload a', 'give back device']);
  });

  it('E12: of two locks the first is taken first and given back last, and not kept when the second cannot be had', async () => {
    const file = quietLock({ name: 'file' });
    await run({ ensemble: makeEnsemble({ models: [A] }), texts: [], lock: bothLocks(file, quietLock({ name: 'table' })) });
    expect(story).toEqual(['take file for a', 'take table for a', 'load a', 'unload a', 'give back table', 'give back file']);
    story = [];
    const busy: DeviceLock = { acquire: () => Promise.reject(new Error('busy')) };
    await expect(run({ lock: bothLocks(file, busy) })).rejects.toThrow('busy');
    expect(story).toEqual(['take file for a', 'give back file']);
    expect(told()).toEqual(['acquire a', 'release a']);
  });

  it('E12: a run that is aborted gives the device back', async () => {
    const abort = new AbortController();
    const load = async (model: ModelName) => {
      abort.abort(new Error('no longer wanted'));
      return loading()(model);
    };
    await expect(run({ load, signal: abort.signal })).rejects.toThrow('no longer wanted');
    expect(story).toEqual(['take device for a', 'load a', 'unload a', 'give back device']);
  });

  it('E12: an observer that fails does not leave the device taken', async () => {
    const onLease = ({ event_type }: LeaseEvent) => {
      if (event_type === 'release') throw new Error('the observer failed');
    };
    await expect(run({ onLease })).rejects.toThrow('the observer failed');
    expect(story.at(-1)).toBe('give back device');
  });

  it.each([0, -1, Number.NaN])('E12: batches of %d texts are refused before the device is taken', async (batchSize) => {
    await expect(run({ batchSize })).rejects.toThrow('Choose 1 or more');
    expect(story).toEqual([]);
  });
});

describe('an ensemble of real models', () => {
  const root = mkdtempSync(join(tmpdir(), 'cairn-ensemble-'));
  const texts = ['A feline rested upon the rug.', 'Quarterly revenue rose by eight percent.', 'word '.repeat(300), ''];
  let second: OnnxModel;
  beforeAll(async () => {
    const folder = join(root, 'second');
    await writeTableModel(folder, { dimension: 500 });
    const file = async (path: string) => ({ path, sha256: await sha256Of(join(folder, path)) });
    const files = { model: await file('model.onnx'), tokenizer: await file('tokenizer.json') };
    second = { ...BUILT_IN_MODEL, id: 'second', aliases: [], dimension: 500, shorterDimensions: [384], normalise: false, folder, files };
  }, 60_000);
  afterAll(() => rmSync(root, { recursive: true }));

  const vectorsAlone = async (model: OnnxModel) => {
    const runtime = await EmbeddingRuntime.start({ model });
    const embeddings = await runtime.embedDocuments(texts);
    await runtime.stop();
    return embeddings.map(({ vector }) => [...vector]);
  };
  const unit = (vector: number[]) => vector.map((value) => value / Math.hypot(...vector));

  it('E11: equals the mean computed by hand from the vectors of each model alone', async () => {
    const first: OnnxModel = { ...BUILT_IN_MODEL, folder: BUILT_IN_FOLDER };
    const ensemble = makeEnsemble({ models: [first, second], weights: [2, 1], dimension: 384 });
    const lock = new DeviceFileLock('real', root);
    const load = (model: OnnxModel) => EmbeddingRuntime.start({ model });
    const { vectors } = await runEnsemble({ ensemble, texts, lock, load, batchSize: 2, onLease: (event) => events.push(event) });
    expect(told()).toEqual(['acquire all-MiniLM-L6-v2', 'release all-MiniLM-L6-v2', 'acquire second', 'release second']);
    const [ofFirst, ofSecond] = [await vectorsAlone(first), await vectorsAlone(second)];
    for (const [at, vector] of vectors.entries()) {
      const a = unit(ofFirst[at] as number[]);
      const b = unit((ofSecond[at] as number[]).slice(0, 384));
      const expected = unit(a.map((value, i) => (2 * value + (b[i] as number)) / 3));
      expect(largestDifference(vector as Float32Array, Float32Array.from(expected))).toBeLessThanOrEqual(1e-6);
    }
    expect(vectors).toHaveLength(texts.length);
  }, 120_000);
});
