import { BUILT_IN_MODEL } from '@cairn/models';
import { CollectionClient } from '../../acceptance/collection-client.js';
import { newPerson } from '../../system/api-client.js';
import type { TestSystem } from '../../system/test-system.js';
import type { Part } from '../core/bench.js';
import { number, percent, times } from '../core/format.js';
import { judge, type Series } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { median, pairedRatio, spread } from '../core/statistics.js';
import { TextSource } from '../models/texts.js';
import { WatchedRuntime } from '../models/watched-runtime.js';
import type { Setting } from './setting.js';

const PARTS = 8;
// A chunk is one window of the model, so that what the model is given alone is the same.
const SETTINGS = { chunk_size: 120, chunk_overlap: 0 };
const PER_REQUEST = 50;
const WITHIN_MS = 600_000;
const SYSTEM = 'sent over HTTP until all chunks are found';
const RUNTIME = 'the runtime alone, the same chunks at once';

/** What is left of the model's rate when documents come over HTTP, are cut, stored, indexed and live. */
export async function measureRate({ context, system, size }: Setting): Promise<Part> {
  const watched = await WatchedRuntime.start({ model: BUILT_IN_MODEL });
  const source = new TextSource(31);
  const texts = Array.from({ length: size.documents }, () => source.mix(PARTS).join('. '));
  const chunks = await chunksOf(system, await index(system, texts)); // also a warm-up
  const ways = [
    { name: SYSTEM, run: () => index(system, texts).then(() => undefined) },
    { name: RUNTIME, run: () => watched.runtime.embedDocuments(chunks).then(() => undefined) },
  ];
  const results = await interleave(ways, size.rounds, async ({ name, run }, round) => {
    const { ms } = await watched.during(run);
    const perSecond = (chunks.length / ms) * 1_000;
    context.log(`round ${round}  ${name}: ${number(perSecond)} chunks/s, ${number((texts.length / ms) * 1_000)} documents/s`);
    return perSecond;
  });
  await watched.stop();
  return partOf(
    [...results].map(([name, rounds]) => ({ name, rounds })),
    chunks.length / texts.length,
  );
}

/** Each time for a new organisation: a text that an organisation has sent before costs no inference. */
async function index(system: TestSystem, texts: readonly string[]): Promise<CollectionClient> {
  const collection = await CollectionClient.make(system.client(newPerson()), SETTINGS);
  const operations: string[] = [];
  for (let at = 0; at < texts.length; at += PER_REQUEST) {
    const documents = texts.slice(at, at + PER_REQUEST).map((text, index) => ({ external_id: `d${at + index}`, text }));
    operations.push((await collection.send(documents)).operation_id);
  }
  for (const operation of operations) await collection.completed(operation, WITHIN_MS);
  return collection;
}

async function chunksOf(system: TestSystem, { id }: CollectionClient): Promise<string[]> {
  const rows = await system.database.sql<{ text: string }>(
    'SELECT c.text FROM chunks c JOIN documents d ON d.org_id = c.org_id AND d.id = c.document_id WHERE d.collection_id = $1',
    [id],
  );
  return rows.map(({ text }) => text);
}

function partOf(series: Series[], chunksPerDocument: number): Part {
  const [ours, alone] = series as [Series, Series];
  return {
    tables: [
      {
        title: 'Documents through the whole system, built-in model',
        columns: ['what', 'chunks/s', 'documents/s', 'spread', 'of the runtime alone'],
        rows: series.map(({ name, rounds }) => [
          name,
          number(median(rounds)),
          number(median(rounds) / chunksPerDocument),
          percent(spread(rounds)),
          times(pairedRatio(rounds, alone.rounds)),
        ]),
      },
    ],
    goals: [judge({ goal: 'G4', what: 'chunks/s of documents from HTTP to found, 8-bit', subject: ours, baseline: alone, limit: { atLeast: 0.92 } })],
    notes: [],
    raw: Object.fromEntries(series.map(({ name, rounds }) => [name, rounds])),
  };
}
