import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { BUILT_IN_MODEL, EmbeddingRuntime, type EmbeddingRuntimeOptions } from '../../dist/index.js';
import { BUILT_IN_FOLDER, largestDifference } from '../fixtures/reference.js';

const entryOf = (name: string) => pathToFileURL(join(import.meta.dirname, '..', 'fixtures', name));
const FAULTY = entryOf('faulty-session.worker.mjs');
const TEXT = 'A sentence that must have the same vector before and after.';
const lost = { code: 'unavailable', dependency: 'model' };

async function eventually(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`It never came true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('an inference thread', () => {
  let runtime: EmbeddingRuntime;
  const start = async (options: Partial<EmbeddingRuntimeOptions> = {}) => {
    runtime = await EmbeddingRuntime.start({ model: BUILT_IN_MODEL, threads: 1, threadEntry: FAULTY, ...options });
    return runtime;
  };
  const embed = async (text: string) => (await runtime.embedDocuments([text]))[0]?.vector as Float32Array;
  afterEach(() => runtime.stop());

  it('that dies takes only the calls it was working on with it, and comes back', async () => {
    await start();
    const before = await embed(TEXT);
    const rejected = expect(runtime.embedDocuments(['crash now'])).rejects.toMatchObject(lost);
    const [after] = await Promise.all([embed(`${TEXT} `), rejected]);
    expect(largestDifference(before, after)).toBeLessThanOrEqual(1e-5);
    expect(runtime.info().documents.sessions).toMatchObject([{ state: 'ready', restarts: 1 }]);
  }, 60_000);

  it('that dies again and again always comes back', async () => {
    await start();
    for (let i = 0; i < 5; i++) {
      await expect(embed('crash now')).rejects.toMatchObject(lost);
      expect(await embed(TEXT)).toHaveLength(384);
    }
    expect(runtime.info().documents.sessions).toMatchObject([{ restarts: 5 }]);
  }, 60_000);

  it('that dies while documents are embedded does not disturb queries', async () => {
    await start();
    const rejected = expect(embed('crash now')).rejects.toMatchObject(lost);
    expect((await runtime.embedQuery(TEXT)).vector).toHaveLength(384);
    await rejected;
    expect(runtime.info().queries.sessions).toMatchObject([{ restarts: 0 }]);
  }, 60_000);

  it('that hangs is ended at the deadline and replaced', async () => {
    await start({ deadlineMs: 1_000 });
    await expect(embed('hang for ever')).rejects.toThrow('gave no answer for 1000 ms');
    await eventually(() => runtime.info().ready);
    expect(await embed(TEXT)).toHaveLength(384);
  }, 60_000);

  it('that is slow inside the model is replaced without harm to the process', async () => {
    await start({ deadlineMs: 5 });
    await expect(embed('many words '.repeat(200))).rejects.toThrow('gave no answer for 5 ms');
    await eventually(() => runtime.info().ready);
    expect(runtime.info().documents.sessions).toMatchObject([{ state: 'ready', restarts: 1, abandonedThreads: 0 }]);
  }, 60_000);

  it('that hangs on a query is replaced too', async () => {
    await start({ deadlineMs: 1_000 });
    await expect(runtime.embedQuery('hang for ever')).rejects.toMatchObject(lost);
    expect((await runtime.embedQuery(TEXT)).vector).toHaveLength(384);
  }, 60_000);

  it('that gives a vector without direction: the vector is refused, its neighbours are not', async () => {
    await start();
    const spoilt = expect(embed('spoil this one')).rejects.toMatchObject({ code: 'internal' });
    const [good] = await Promise.all([embed(TEXT), spoilt]);
    expect(good).toHaveLength(384);
  }, 60_000);

  it('E6: that runs out of memory is given smaller runs until they fit, and larger ones again later', async () => {
    await start();
    const heavy = Array.from({ length: 12 }, (_, i) => `heavy text number ${i}`);
    const embeddings = await runtime.embedDocuments(heavy);
    const { shrunkRuns, failedRuns } = runtime.info().documents.counters;
    expect([embeddings.length, failedRuns]).toEqual([12, 0]);
    expect(shrunkRuns).toBeGreaterThan(1);
    for (let i = 0; i < 400; i++) await embed(TEXT);
    const before = runtime.info().documents.counters.runs;
    await runtime.embedDocuments(Array.from({ length: 12 }, (_, i) => `light text number ${i}`));
    expect(runtime.info().documents.counters.runs - before).toBe(1);
  }, 120_000);

  it('that cannot be started again: what waits is rejected rather than kept for ever', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cairn-model-'));
    cpSync(BUILT_IN_FOLDER, folder, { recursive: true });
    // Without query sessions, so that the one thread finds its mark.
    await start({ model: { ...BUILT_IN_MODEL, folder }, querySessions: 0, threadEntry: entryOf('refusing-session.worker.mjs') });
    await expect(embed('crash now')).rejects.toMatchObject(lost);
    await expect(embed(TEXT)).rejects.toThrow('the model has gone bad');
    expect(runtime.info().ready).toBe(false);
    rmSync(folder, { recursive: true });
  }, 60_000);
});
