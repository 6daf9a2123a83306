import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CollectionClient } from '../../acceptance/collection-client.js';
import { newPerson } from '../../system/api-client.js';
import type { TestSystem } from '../../system/test-system.js';
import { until } from '../../system/wait.js';
import type { Part } from '../core/bench.js';
import { number } from '../core/format.js';
import { memoryDuring } from '../core/process-memory.js';
import { TextSource } from '../models/texts.js';
import { textsEmbedded } from './model-calls.js';
import type { Setting } from './setting.js';

const TOKENS = 40;
const PER_FOLDER = 500;
const WITHIN_MS = 3_600_000;

/** A folder of many small files: how soon the first is found and all are, what the worker holds meanwhile, and what looking through it again costs. */
export async function measureFolder({ context, system, size }: Setting): Promise<Part> {
  const path = writeFiles(system, size.files);
  const collection = await CollectionClient.make(system.client(newPerson()));
  const source = { source_type: 'directory', source_path: path };
  const first = await during(system, async () => {
    const startedAt = performance.now();
    const { id } = await collection.client.ok<{ id: string }>('POST', collection.path('/sources'), source);
    await until('the first file to be found', async () => (await collection.detail()).total_chunks > 0, WITHIN_MS);
    const firstMs = performance.now() - startedAt;
    await collection.completed(id, WITHIN_MS);
    return { firstMs };
  });
  context.log(`${number(size.files)} files: first after ${number(first.firstMs)} ms, all after ${number(first.ms)} ms, ${number(first.peak)} MiB`);
  if (first.texts < size.files) throw new Error(`${first.texts} texts of ${size.files} files were counted: what counts them is wrong`);
  const again = await during(system, async () => {
    await collection.source(source);
    return { firstMs: Number.NaN };
  });
  context.log(`again: ${number(again.ms)} ms, ${again.texts} texts to the model`);
  if (again.texts > 0) throw new Error(`${again.texts} texts of unchanged files were embedded again`);
  const row = (name: string, one: typeof first) => [
    name,
    number(one.firstMs / 1_000),
    number(one.ms / 1_000),
    number((size.files / one.ms) * 1_000),
    number(one.texts),
    number(one.before),
    number(one.peak),
  ];
  return {
    tables: [
      {
        title: `A folder of ${number(size.files)} small files`,
        columns: ['what', 'first one live, s', 'all, s', 'files/s', 'texts to the model', 'worker before, MiB', 'worker and its children at most, MiB'],
        rows: [row('for the first time', first), row('again, nothing has changed', again)],
      },
    ],
    goals: [],
    notes: [],
    raw: { first, again },
  };
}

async function during<T extends object>(system: TestSystem, work: () => Promise<T>) {
  const before = await textsEmbedded(system);
  const startedAt = performance.now();
  const memory = await memoryDuring(system.service('worker').pid, work);
  const ms = performance.now() - startedAt;
  return { ...memory.value, ms, before: memory.before, peak: memory.peak, texts: (await textsEmbedded(system)) - before };
}

function writeFiles(system: TestSystem, count: number): string {
  const texts = new TextSource(32);
  const root = join(system.sources, 'many');
  for (let at = 0; at < count; at++) {
    const folder = join(root, `part-${Math.floor(at / PER_FOLDER)}`);
    if (at % PER_FOLDER === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${at}.txt`), texts.ofTokens(TOKENS));
  }
  return root;
}
