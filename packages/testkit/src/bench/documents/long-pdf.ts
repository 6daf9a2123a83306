import { CollectionClient } from '../../acceptance/collection-client.js';
import { newPerson } from '../../system/api-client.js';
import type { Part } from '../core/bench.js';
import { number } from '../core/format.js';
import { memoryDuring } from '../core/process-memory.js';
import { TextSource } from '../models/texts.js';
import { pdfOf } from './long-pdf-file.js';
import type { Setting } from './setting.js';

const LINES = 12;
const TOKENS_PER_LINE = 14;
const WITHIN_MS = 1_800_000;

/** One long PDF: how soon all its pages are found, and what the worker and the child that reads it hold at most. */
export async function measureLongPdf({ context, system, size }: Setting): Promise<Part> {
  const texts = new TextSource(33);
  const file = pdfOf(Array.from({ length: size.pages }, () => texts.many(LINES, TOKENS_PER_LINE)));
  const collection = await CollectionClient.make(system.client(newPerson()));
  const startedAt = performance.now();
  const memory = await memoryDuring(system.service('worker').pid, async () => {
    const { body } = await collection.upload([['long.pdf', file, 'application/pdf']]);
    await collection.completed(body.operation_id, WITHIN_MS);
  });
  const ms = performance.now() - startedAt;
  const { total_chunks } = await collection.detail();
  context.log(`${size.pages} pages, ${total_chunks} chunks: ${number(ms)} ms, ${number(memory.peak)} MiB`);
  return {
    tables: [
      {
        title: `One PDF of ${number(size.pages)} pages`,
        columns: ['chunks', 'all found, s', 'pages/s', 'worker before, MiB', 'worker and its children at most, MiB'],
        rows: [[number(total_chunks), number(ms / 1_000), number((size.pages / ms) * 1_000), number(memory.before), number(memory.peak)]],
      },
    ],
    goals: [],
    notes: [],
    raw: { ms, chunks: total_chunks, before: memory.before, peak: memory.peak },
  };
}
