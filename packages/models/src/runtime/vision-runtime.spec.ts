import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BUILT_IN_MODEL, type InstalledModel, ModelPool, type ModelPoolOptions, type RunReport, spaceOf } from '../../dist/index.js';
import { installTinyClip } from '../fixtures/install-tiny-clip.js';
import { cosine, largestDifference } from '../fixtures/reference.js';
import { plainPicture, referenceImageVector } from '../fixtures/tiny-clip.js';

const RED = plainPicture([1, 0, 0]);
const BLUE = plainPicture([0, 0, 1]);
const root = mkdtempSync(join(tmpdir(), 'cairn-vision-'));
let clip: InstalledModel;
let blind: InstalledModel;

beforeAll(async () => {
  clip = await installTinyClip(root, 'tiny-clip');
  blind = await installTinyClip(root, 'no-words', 'vision');
}, 60_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function withPool<Result>(models: InstalledModel[], options: Partial<ModelPoolOptions>, work: (pool: ModelPool) => Promise<Result>): Promise<Result> {
  const pool = await ModelPool.start([BUILT_IN_MODEL, ...models], { threads: 1, memoryBytes: 2e9, idleMs: 0, ...options });
  try {
    return await work(pool);
  } finally {
    await pool.stop();
  }
}

const see = (pool: ModelPool, images: Float32Array[], id = 'tiny-clip') => pool.useVision(id, (runtime) => runtime.embedImages(images));
const read = (pool: ModelPool, text: string, id = 'tiny-clip') => pool.use(id, async (runtime) => (await runtime.embedQuery(text)).vector);

describe('a model with two towers', () => {
  it('gives images the vectors of the plain formula, alone and in any company', async () => {
    await withPool([clip], {}, async (pool) => {
      const many = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? RED : BLUE));
      const vectors = await see(pool, many);
      for (const [at, vector] of vectors.entries()) expect(largestDifference(vector, referenceImageVector(many[at] as Float32Array))).toBeLessThan(1e-6);
    });
  }, 60_000);

  it('an image is nearest to the text that says what it shows, and the case and length of the text do not matter', async () => {
    await withPool([clip], {}, async (pool) => {
      const [red, blue] = (await see(pool, [RED, BLUE])) as [Float32Array, Float32Array];
      for (const text of ['a red square', 'RED']) {
        const vector = await read(pool, text);
        expect(cosine(vector, red)).toBeGreaterThan(0.9);
        expect(cosine(vector, blue)).toBeLessThan(0);
      }
    });
  }, 60_000);

  it('E15: each tower is loaded when it is needed, and counted and unloaded on its own', async () => {
    await withPool([clip], { idleMs: 200 }, async (pool) => {
      const loaded = () => pool.info().flatMap(({ part, loaded }) => (loaded ? [part] : []));
      const until = async (wanted: string) => {
        for (const deadline = Date.now() + 20_000; loaded().join() !== wanted && Date.now() < deadline; )
          await new Promise((resolve) => setTimeout(resolve, 20));
        expect(loaded().join()).toBe(wanted);
      };
      await until('whole');
      await read(pool, 'red');
      expect(loaded()).toEqual(['whole', 'text-tower']);
      await until('whole');
      await see(pool, [RED]);
      expect(loaded()).toEqual(['whole', 'vision-tower']);
      const bytes = pool.info().map(({ estimatedBytes }) => estimatedBytes);
      expect(bytes.slice(1).every((one) => one > 150_000_000)).toBe(true);
    });
  }, 60_000);

  it('E15: a tower takes the place of the other where there is no room for both', async () => {
    const sizes = await withPool([clip], {}, async (pool) => pool.info().map(({ estimatedBytes }) => estimatedBytes));
    const [first, text, vision] = sizes as [number, number, number];
    await withPool([clip], { memoryBytes: first + Math.max(text, vision) + 1_000 }, async (pool) => {
      const loaded = () => pool.info().flatMap(({ part, loaded }) => (loaded ? [part] : []));
      await read(pool, 'red');
      expect(loaded()).toEqual(['whole', 'text-tower']);
      await see(pool, [RED]);
      expect(loaded()).toEqual(['whole', 'vision-tower']);
    });
  }, 60_000);

  it('says what it cannot do: images for a model of texts, texts for one of images, ordering texts', async () => {
    await withPool([clip, blind], {}, async (pool) => {
      await expect(see(pool, [RED], BUILT_IN_MODEL.id)).rejects.toMatchObject({
        code: 'invalid_input',
        message: expect.stringContaining('reads texts and no images'),
      });
      await expect(read(pool, 'red', 'no-words')).rejects.toMatchObject({
        code: 'invalid_input',
        message: expect.stringContaining('reads images and no texts'),
      });
      await expect(pool.compare('tiny-clip', 'red', ['blue'])).rejects.toMatchObject({
        code: 'invalid_input',
        message: expect.stringContaining('cannot order texts'),
      });
      await expect(see(pool, [RED.subarray(1)])).rejects.toThrow('sees 768 numbers of an image, and was given 767');
      expect(await see(pool, [RED], 'no-words')).toHaveLength(1);
      expect(pool.modelOf(spaceOf(clip as never))).toBe(clip);
    });
  }, 60_000);

  it('its runs are told with the lane of each', async () => {
    await withPool([clip], {}, async (pool) => {
      const runs: RunReport[] = [];
      pool.watch((run) => runs.push(run));
      await see(pool, [RED, BLUE]);
      await read(pool, 'red');
      expect(runs).toMatchObject([
        { model: 'tiny-clip', lane: 'images', outcome: 'done', texts: 2, tokens: 0 },
        { model: 'tiny-clip', lane: 'queries', texts: 1, tokens: 3 },
      ]);
    });
  }, 60_000);
});
