import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { BUILT_IN_MODEL, ModelPool, type ModelPoolOptions, type OnnxModel } from '../../dist/index.js';
import { BUILT_IN_FOLDER } from '../fixtures/reference.js';

// The same file under other names: a pool does not know.
const named = (id: string, more: Partial<OnnxModel> = {}): OnnxModel => ({ ...BUILT_IN_MODEL, id, aliases: [], folder: BUILT_IN_FOLDER, ...more });
const FIRST = named('first');
const ONE = 150_000_000 + 5 * statSync(join(BUILT_IN_FOLDER, BUILT_IN_MODEL.files.model.path)).size;

describe('a pool of models', () => {
  let pool: ModelPool;
  const start = async (models: OnnxModel[], options: Partial<ModelPoolOptions> = {}) => {
    pool = await ModelPool.start(models, { threads: 1, memoryBytes: 10 * ONE, idleMs: 0, ...options });
    return pool;
  };
  const loaded = () =>
    pool
      .info()
      .filter((info) => info.loaded)
      .map(({ model }) => model);
  const embed = (id: string) => pool.use(id, async (runtime) => (await runtime.embedQuery('a text')).vector);
  afterEach(() => pool.stop());

  it('E7: several models answer, each in its own space', async () => {
    await start([FIRST, named('second', { queryPrefix: 'query: ' })]);
    expect(loaded()).toEqual(['first', 'second']);
    expect(await embed('first')).not.toEqual(await embed('second'));
    expect(pool.modelOf('second_v1_384_f32')?.id).toBe('second');
  }, 60_000);

  it('E4: a query and a document of one text differ where the model has prefixes, and are the same where it has none', async () => {
    await start([FIRST, named('second', { queryPrefix: 'query: ', documentPrefix: 'passage: ' })]);
    const both = (id: string) =>
      pool.use(id, async (runtime) => {
        const [query] = await runtime.embedAtOnce(['a text'], 'query');
        const [document] = await runtime.embedAtOnce(['a text'], 'document');
        return [query?.vector, document?.vector];
      });
    const [plain, prefixed] = [await both('first'), await both('second')];
    expect(plain[0]).toEqual(plain[1]);
    expect(prefixed[0]).not.toEqual(prefixed[1]);
  }, 60_000);

  it('E15: what does not fit takes the place of what is used least; the first model stays', async () => {
    await start([FIRST, named('b'), named('c')], { memoryBytes: 2.2 * ONE });
    expect(loaded()).toEqual(['first', 'c']);
    expect(await embed('b')).toHaveLength(384);
    expect(loaded()).toEqual(['first', 'b']);
    expect(await embed('c')).toHaveLength(384);
    expect(loaded()).toEqual(['first', 'c']);
  }, 60_000);

  it('E15: a model that is in use is not unloaded: the next one waits for it', async () => {
    await start([FIRST, named('b'), named('c')], { memoryBytes: 2.2 * ONE });
    const order: string[] = [];
    const held = pool.use('b', async (runtime) => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      await runtime.embedQuery('still here');
      order.push('b');
    });
    await Promise.all([held, embed('c').then(() => order.push('c'))]);
    expect(order).toEqual(['b', 'c']);
  }, 60_000);

  it('E15: an idle model is unloaded, and the next call loads it again', async () => {
    await start([FIRST, named('b')], { idleMs: 200 });
    const before = await embed('b');
    while (loaded().includes('b')) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(loaded()).toEqual(['first']);
    expect(await embed('b')).toEqual(before);
    expect(loaded()).toEqual(['first', 'b']);
  }, 60_000);

  it('many calls for one model that is not loaded load it once', async () => {
    await start([FIRST, named('b')], { idleMs: 100 });
    while (loaded().includes('b')) await new Promise((resolve) => setTimeout(resolve, 20));
    const vectors = await Promise.all(Array.from({ length: 20 }, () => embed('b')));
    expect(new Set(vectors.map((vector) => vector[0])).size).toBe(1);
  }, 60_000);

  it('E9: names every model that cannot be used, and why', async () => {
    const refused = ModelPool.start([FIRST, named('b', { dimension: 768 }), named('c', { folder: '/nowhere' })], {
      threads: 1,
      memoryBytes: 10 * ONE,
      idleMs: 0,
    });
    await expect(refused).rejects.toThrow(/b gives vectors of 384 numbers, the catalogue says 768\.\nThe file tokenizer.json of model c cannot be read/);
  }, 60_000);

  it('a model that can never fit is refused with both sizes', async () => {
    const refused = ModelPool.start([FIRST, named('b')], { threads: 1, memoryBytes: 1.5 * ONE, idleMs: 0 });
    await expect(refused).rejects.toThrow(/Model b needs about \d+ MB besides the first model, and MODEL_MEMORY_MB allows \d+/);
  }, 60_000);

  it('a model that this worker does not have is named', async () => {
    await start([FIRST]);
    await expect(embed('other')).rejects.toThrow('does not have the model other');
  }, 60_000);
});
