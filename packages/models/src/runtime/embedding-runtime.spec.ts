import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BUILT_IN_MODEL, EmbeddingRuntime, type OnnxModel } from '../../dist/index.js';
import { BUILT_IN_FOLDER, cosine, largestDifference, PUBLISHED_MODEL, readPublishedReference, readReference, vectorOf } from '../fixtures/reference.js';

const reference = readReference();
const texts = reference.map(({ text }) => text);
const published = readPublishedReference();
const itWhenPublished = published ? it : it.skip;

/** How much each thread of this process steps back. */
function priorities(): Map<string, number> {
  const niceOf = (thread: string) => Number(readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ')[1]?.split(' ')[16]);
  return new Map(readdirSync('/proc/self/task').map((thread) => [thread, niceOf(thread)]));
}

const vectorsOf = async (runtime: EmbeddingRuntime, of: string[]) => (await runtime.embedDocuments(of)).map(({ vector }) => vector);
const cosinesOf = (vectors: Float32Array[], truth: Float32Array[]) => vectors.map((vector, i) => cosine(vector, truth[i] as Float32Array));
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

async function embedEachAlone(runtime: EmbeddingRuntime): Promise<Float32Array[]> {
  const alone: Float32Array[] = [];
  for (const text of texts) alone.push(...(await vectorsOf(runtime, [text])));
  return alone;
}

describe('embedding runtime', () => {
  let runtime: EmbeddingRuntime;
  beforeAll(async () => {
    runtime = await EmbeddingRuntime.start({ model: BUILT_IN_MODEL });
  }, 60_000);
  afterAll(() => runtime.stop());

  it('E1: the 8-bit file is close to the fp32 model', async () => {
    const cosines = cosinesOf(await vectorsOf(runtime, texts), reference.map(vectorOf));
    expect(mean(cosines)).toBeGreaterThanOrEqual(0.995);
    expect(Math.min(...cosines)).toBeGreaterThanOrEqual(0.97);
  });

  itWhenPublished('E1: the 8-bit file is close to the 60 published vectors', async () => {
    const cosines = cosinesOf(await vectorsOf(runtime, published?.map(({ text }) => text) ?? []), published?.map(vectorOf) ?? []);
    expect(mean(cosines)).toBeGreaterThanOrEqual(0.995);
    expect(Math.min(...cosines)).toBeGreaterThanOrEqual(0.97);
  });

  it('E6: a text has the same vector alone and in any company, order and padding', async () => {
    const alone = await embedEachAlone(runtime);
    const company = fc.shuffledSubarray([...texts.keys()], { minLength: 2 });
    await fc.assert(
      fc.asyncProperty(company, async (order) => {
        const together = await vectorsOf(
          runtime,
          order.map((i) => texts[i] as string),
        );
        for (const [at, i] of order.entries()) expect(largestDifference(together[at] as Float32Array, alone[i] as Float32Array)).toBeLessThanOrEqual(1e-5);
      }),
      { numRuns: 15 },
    );
  }, 120_000);

  it('G16: documents leave the processor to queries', async () => {
    const before = priorities();
    const another = await EmbeddingRuntime.start({ model: BUILT_IN_MODEL, threads: 2, querySessions: 1 });
    const isNew = ([thread]: [string, number]) => !before.has(thread);
    const nices = [...priorities()].filter(isNew).map(([, nice]) => nice);
    await another.stop();
    expect(nices.filter((nice) => nice === constants.priority.PRIORITY_BELOW_NORMAL).length).toBeGreaterThanOrEqual(2); // what runs JavaScript, and its helper
    expect(nices).toContain(constants.priority.PRIORITY_NORMAL);
  }, 60_000);

  it('a query has the vector of the same text as a document, since this model knows no difference', async () => {
    const { vector } = await runtime.embedQuery(texts[0] as string);
    expect(largestDifference(vector, (await vectorsOf(runtime, texts.slice(0, 1)))[0] as Float32Array)).toBeLessThanOrEqual(1e-5);
  });

  it('vectors have 384 numbers and length one, also of an empty text', async () => {
    for (const vector of await vectorsOf(runtime, ['', 'a', '\0'])) {
      expect(vector).toHaveLength(384);
      expect(cosine(vector, vector)).toBeCloseTo(1, 6);
    }
  });

  it('E5: a text of 600 tokens is cut at the maximum of the model, and both lengths are told', async () => {
    const [long] = await runtime.embedDocuments(['word '.repeat(598)]);
    const [cut] = await runtime.embedDocuments(['word '.repeat(254)]);
    expect(long).toMatchObject({ tokens: 600, readTokens: 256 });
    expect(largestDifference(long?.vector as Float32Array, cut?.vector as Float32Array)).toBeLessThanOrEqual(1e-5);
  });

  it('finds by meaning', async () => {
    const [cat, revenue, certificate] = await vectorsOf(runtime, [
      'A feline rested upon the rug beside the fireplace.',
      'Quarterly revenue rose by eight percent on cloud sales.',
      'The server refuses the connection when the certificate has expired.',
    ]);
    const { vector: query } = await runtime.embedQuery('where did the cat sleep?');
    const scores = [cat, revenue, certificate].map((vector) => cosine(query, vector as Float32Array));
    expect(Math.max(...scores)).toBe(scores[0]);
  });

  it('no texts give no embeddings', async () => {
    expect(await runtime.embedDocuments([])).toEqual([]);
  });

  it('calls that come together share runs', async () => {
    const before = runtime.info().documents.counters;
    await Promise.all(Array.from({ length: 64 }, (_, i) => runtime.embedDocuments([`a short text number ${i}`])));
    const { runs, texts: done } = runtime.info().documents.counters;
    expect(done - before.texts).toBe(64);
    expect(runs - before.runs).toBeLessThanOrEqual(8);
  });

  it('texts of an aborted call that have not begun are never computed', async () => {
    const before = runtime.info().documents.counters.texts;
    const abort = new AbortController();
    const many = runtime.embedDocuments(
      Array.from({ length: 2_000 }, (_, i) => `${i} is not needed any more `.repeat(20)),
      { signal: abort.signal },
    );
    const refused = expect(many).rejects.toThrow('cancelled');
    await runtime.embedQuery('by now the first runs are on their way');
    abort.abort(new Error('cancelled'));
    await refused;
    await runtime.embedDocuments(['behind the aborted call']);
    expect(runtime.info().documents.waiting).toBe(0);
    expect(runtime.info().documents.counters.texts - before).toBeLessThan(500);
  });

  it('a call that is aborted already computes nothing', async () => {
    await expect(runtime.embedDocuments(['never'], { signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow('too late');
  });

  it('queries do not wait behind documents', async () => {
    const documents = runtime.embedDocuments(Array.from({ length: 60 }, (_, i) => `${i} words of a document that keeps the session busy `.repeat(25)));
    for (let i = 0; i < 5; i++) await runtime.embedQuery('how do I reset my password?');
    expect(runtime.info().documents.waiting).toBeGreaterThan(0);
    await documents;
  }, 60_000);

  it('says how it stands', () => {
    expect(runtime.info()).toMatchObject({
      model: 'all-MiniLM-L6-v2',
      space: 'all-MiniLM-L6-v2_v1_384_f32',
      ready: true,
      documents: { ready: true, waiting: 0, sessions: [{ state: 'ready', provider: 'cpu', restarts: 0 }] },
      queries: { ready: true, waiting: 0, sessions: [{ state: 'ready', provider: 'cpu', threads: 1 }] },
    });
  });

  it('after its stop it refuses, and what was under way is rejected', async () => {
    const other = await EmbeddingRuntime.start({ model: BUILT_IN_MODEL, threads: 1 });
    const documents = other.embedDocuments(Array.from({ length: 200 }, () => texts.at(-1) as string));
    const rejected = expect(documents).rejects.toMatchObject({ code: 'unavailable', dependency: 'model' });
    await new Promise((resolve) => setImmediate(resolve));
    await other.stop();
    await rejected;
    await expect(other.embedQuery('anyone?')).rejects.toMatchObject({ dependency: 'model' });
    expect(other.info().ready).toBe(false);
  }, 60_000);
});

describe('a model of one’s own folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-model-'));
  const sha256 = (path: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, path)))
      .digest('hex');
  const own: OnnxModel = { ...BUILT_IN_MODEL, id: 'own', aliases: [], folder };
  beforeAll(() => cpSync(BUILT_IN_FOLDER, folder, { recursive: true }));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['model_int8_row.onnx', 'tokenizer.json'])(
    'is refused with both hashes when its %s was changed',
    async (path) => {
      const expected = sha256(path);
      const bytes = readFileSync(join(folder, path));
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
      writeFileSync(join(folder, path), bytes);
      const message = expect.stringMatching(new RegExp(`expected SHA-256 ${expected}, found ${sha256(path)}`));
      await expect(EmbeddingRuntime.start({ model: own })).rejects.toMatchObject({ name: 'ModelRefusedError', message });
      copyFileSync(join(BUILT_IN_FOLDER, path), join(folder, path));
    },
    60_000,
  );

  it('is refused when a file is missing', async () => {
    await expect(EmbeddingRuntime.start({ model: { ...own, folder: join(folder, 'nowhere') } })).rejects.toThrow('tokenizer.json of model own cannot be read');
  });

  it('E9: is refused with both numbers when its vectors have another dimension', async () => {
    await expect(EmbeddingRuntime.start({ model: { ...own, dimension: 768 } })).rejects.toThrow('gives vectors of 384 numbers, the catalogue says 768');
  }, 60_000);

  itWhenPublished(
    'E1: the fp32 file gives the published vectors to the fifth digit',
    async () => {
      const sha = createHash('sha256')
        .update(readFileSync(join(PUBLISHED_MODEL, 'model.onnx')))
        .digest('hex');
      const fp32: OnnxModel = { ...own, folder: PUBLISHED_MODEL, files: { ...own.files, model: { path: 'model.onnx', sha256: sha } } };
      const runtime = await EmbeddingRuntime.start({ model: fp32 });
      const cosines = cosinesOf(await vectorsOf(runtime, published?.map(({ text }) => text) ?? []), published?.map(vectorOf) ?? []);
      await runtime.stop();
      expect(Math.min(...cosines)).toBeGreaterThanOrEqual(0.99999);
    },
    120_000,
  );
});
