import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BUILT_IN_MODEL, ModelPool, ModelStore, type OnnxReranker, RerankerRuntime } from '../../dist/index.js';
import { installModel } from '../../dist/install.js';
import { referenceScores, writeTinyReranker } from '../fixtures/tiny-reranker.js';

const root = mkdtempSync(join(tmpdir(), 'cairn-reranker-'));
const store = new ModelStore(join(root, 'models'));
let model: OnnxReranker;
beforeAll(async () => {
  const from = join(root, 'published');
  writeTinyReranker(from);
  model = (await installModel(store, { from, id: 'tiny-reranker', settings: {}, quantise: false })).model as OnnxReranker;
}, 60_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const QUERY = 'when does the boat go?';
const TEXTS = ['the ferry leaves at noon', 'bread is made of flour', 'a', '', 'is it? [SEP] the cat [CLS]', 'the harbour '.repeat(300), 'zebra, quagga'];
const closeTo = (values: number[]) => values.map((value) => expect.closeTo(value, 5));

describe('a reranker', () => {
  let runtime: RerankerRuntime;
  beforeAll(async () => {
    runtime = await RerankerRuntime.start({ model, threads: 1 });
  });
  afterAll(() => runtime.stop());

  it('V9: gives the scores of the plain formulas: both texts in one row, each with its type, the pooler and the sigmoid', async () => {
    const scores = await runtime.score(QUERY, TEXTS);
    expect(scores).toEqual(closeTo(referenceScores(QUERY, TEXTS)));
    expect(new Set(scores.map((score) => score.toFixed(4))).size).toBe(TEXTS.length);
    expect(scores.every((score) => score > 0 && score < 1)).toBe(true);
  });

  it('V9: a text’s score is the same alone and in any company and order', async () => {
    const alone: number[] = [];
    for (const text of TEXTS) alone.push(...(await runtime.score(QUERY, [text])));
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...TEXTS.keys()], { minLength: 2 }), async (order) => {
        const together = await runtime.score(
          QUERY,
          order.map((at) => TEXTS[at] as string),
        );
        expect(together).toEqual(closeTo(order.map((at) => alone[at] as number)));
      }),
      { numRuns: 20 },
    );
  });

  it('V9: which text is the query matters', async () => {
    const [[there], [back]] = [await runtime.score('the ferry', ['a boat']), await runtime.score('a boat', ['the ferry'])];
    expect(Math.abs((there as number) - (back as number))).toBeGreaterThan(1e-4);
  });

  it('V9: a long query leaves room for the text', async () => {
    const [one, other] = await runtime.score('boat '.repeat(500), ['noon', 'flour']);
    expect(Math.abs((one as number) - (other as number))).toBeGreaterThan(1e-4);
  });

  it('calls that come together share runs', async () => {
    const before = runtime.info().queries.counters;
    await Promise.all(Array.from({ length: 40 }, (_, i) => runtime.score(QUERY, [`the boat ${i % 10}`])));
    const { runs, texts } = runtime.info().queries.counters;
    expect([texts - before.texts, runs - before.runs <= 8]).toEqual([40, true]);
  });

  it('no texts have no scores, and an aborted call computes nothing', async () => {
    expect(await runtime.score(QUERY, [])).toEqual([]);
    await expect(runtime.score(QUERY, ['never'], { signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow('too late');
  });

  it('says how it stands', () => {
    expect(runtime.info()).toMatchObject({ model: 'tiny-reranker', version: 'v1', ready: true, queries: { waiting: 0, sessions: [{ state: 'ready' }] } });
  });

  it('after its stop it refuses', async () => {
    const other = await RerankerRuntime.start({ model, threads: 1 });
    await other.stop();
    await expect(other.score(QUERY, ['anyone?'])).rejects.toMatchObject({ code: 'unavailable', dependency: 'model' });
  });
});

describe('a pool with a reranker', () => {
  it('V9: compares with it, makes no vectors by it, and loads and unloads it like the others', async () => {
    const pool = await ModelPool.start([BUILT_IN_MODEL, model], { threads: 1, memoryBytes: 2e9, idleMs: 200 });
    try {
      expect(await pool.compare(model.id, QUERY, TEXTS)).toEqual(closeTo(referenceScores(QUERY, TEXTS)));
      expect(await pool.compare(BUILT_IN_MODEL.id, QUERY, TEXTS.slice(0, 2))).toHaveLength(2);
      await expect(pool.use(model.id, (runtime) => runtime.embedQuery('a text'))).rejects.toThrow('is a reranker and makes no vectors');
      expect(pool.encoders).toEqual([BUILT_IN_MODEL]);
      expect(pool.info()).toMatchObject([{ model: BUILT_IN_MODEL.id }, { model: model.id, space: undefined }]);
      const isLoaded = () => pool.info()[1]?.loaded;
      for (const deadline = Date.now() + 20_000; isLoaded() && Date.now() < deadline; ) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(isLoaded()).toBe(false);
      expect(await pool.compare(model.id, QUERY, ['noon'])).toEqual(closeTo(referenceScores(QUERY, ['noon'])));
    } finally {
      await pool.stop();
    }
  }, 60_000);
});
