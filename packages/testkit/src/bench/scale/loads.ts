import { ApiClient } from '../../system/api-client.js';
import { CorpusWriter } from '../corpus/corpus-writer.js';
import { MadeTexts } from '../corpus/made-texts.js';
import { SingleVectors, SPACE } from '../corpus/single-vectors.js';
import { SUBJECT } from '../corpus/tenants.js';
import { TextSource } from '../models/texts.js';
import { newQuery } from '../search/queries.js';
import { LIMIT, ServiceClient, vectorSearch } from '../search/searchers.js';
import type { BusySystem } from './busy-system.js';

/** Work that goes on until it is told to stop, and is over when that resolves. */
export type Load = (busy: BusySystem, isOver: () => boolean) => Promise<void>;

const WRITE_EVERY_MS = 100;
const PER_SECOND = 200;
const BATCHES_AT_ONCE = 4;
const TEXTS_OF_A_BATCH = 16;
const SEARCHES_AT_ONCE = 16;

// What a load writes is never written again: it would cost nothing.
const vectors = new SingleVectors(92);
const words = new MadeTexts(93);
const texts = new TextSource(94);
let written = 0;

export const nothing: Load = async () => {};

/** Vectors written at an even pace beside those that are searched, as if a model made them elsewhere. */
export const evenWrites: Load = async ({ qdrant, system, noisy }, isOver) => {
  const writer = new CorpusWriter(qdrant.gateway, system.database);
  const count = (PER_SECOND * WRITE_EVERY_MS) / 1_000;
  const begunAt = performance.now();
  for (let turn = 1; !isOver(); turn++) {
    const points = vectors.of(noisy.scope, noisy.points + written, count).map((point) => ({ ...point, terms: words.next().terms, language: 'en' }));
    written += count;
    await writer.write(noisy.scope, SPACE, points);
    await pause(begunAt + turn * WRITE_EVERY_MS - performance.now());
  }
  await writer.done();
};

/** Texts over HTTP, as many as the system takes: when a batch is done the next one is sent. */
export const fullIngest: Load = async ({ system, noisy }, isOver) => {
  const client = new ApiClient(system.baseUrl, { org: noisy.scope.orgId, sub: SUBJECT });
  const lane = async () => {
    while (!isOver()) {
      const segments = texts.mix(TEXTS_OF_A_BATCH).map((text, at) => ({ segment_id: `s${at}`, text }));
      const { job_id } = await client.ok<{ job_id: string }>('POST', '/vectors/embed/batch', { asset_id: `flood-${written++}`, segments });
      await client.done(job_id);
    }
  };
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, lane));
};

/** One organisation that searches and writes as fast as it is answered. */
export const flood: Load = async (busy, isOver) => {
  const client = new ServiceClient(busy.system.service('search').url); // of its own: on the connections of the others they would wait for it
  const { ask } = vectorSearch(client, [busy.noisy]);
  const lane = async () => {
    while (!isOver()) if ((await ask(busy.noisy, newQuery())) !== LIMIT) throw new Error('the flood was not answered');
  };
  await Promise.all([fullIngest(busy, isOver), ...Array.from({ length: SEARCHES_AT_ONCE }, lane)]);
  await client.close();
};

/** Does the work while the load goes on, and is back when that is over. */
export async function under<T>(load: Load, busy: BusySystem, work: () => Promise<T>): Promise<T> {
  let isOver = false;
  const loaded = load(busy, () => isOver);
  loaded.catch(() => undefined); // told below, when the work is done
  await pause(WRITE_EVERY_MS * 10); // until it is there
  try {
    return await work();
  } finally {
    isOver = true;
    await loaded;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
