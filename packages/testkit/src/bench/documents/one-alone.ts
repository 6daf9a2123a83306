import { CollectionClient } from '../../acceptance/collection-client.js';
import { newPerson } from '../../system/api-client.js';
import { until } from '../../system/wait.js';
import type { Part } from '../core/bench.js';
import { number } from '../core/format.js';
import { percentile } from '../core/statistics.js';
import { TextSource } from '../models/texts.js';
import type { Setting } from './setting.js';

const TOKENS = 60;

/** A document sent to an idle system: the time until a search by words finds it. */
export async function measureOneAlone({ context, system, size }: Setting): Promise<Part> {
  const collection = await CollectionClient.make(system.client(newPerson()));
  const texts = new TextSource(34);
  const times: number[] = [];
  for (let at = 0; at <= size.alone; at++) {
    const text = `document${at} ${texts.ofTokens(TOKENS)}`;
    const startedAt = performance.now();
    await collection.send([{ external_id: `d${at}`, text }]);
    await until('the document to be found', async () => (await collection.texts(`document${at}`)).includes(text));
    if (at > 0) times.push(performance.now() - startedAt); // the first is a warm-up
  }
  context.log(`one alone: p50 ${number(percentile(times, 50))} ms`);
  return {
    tables: [
      {
        title: 'One document, sent to an idle system',
        columns: ['until a search finds it: p50, ms', 'p95, ms'],
        rows: [[number(percentile(times, 50)), number(percentile(times, 95))]],
      },
    ],
    goals: [],
    notes: [],
    raw: { times },
  };
}
