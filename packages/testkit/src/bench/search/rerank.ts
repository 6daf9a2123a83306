import { BUILT_IN_MODEL, EmbeddingRuntime } from '@cairn/models';
import type { Part } from '../core/bench.js';
import { number, percent, times } from '../core/format.js';
import { judge, type Series } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { median, pairedRatio, percentile, spread } from '../core/statistics.js';
import { MadeTexts } from '../corpus/made-texts.js';
import type { Tenant } from '../corpus/tenants.js';
import { headersOf } from './searchers.js';
import type { Setting } from './setting.js';

const PAIRS = 20;

interface Task {
  query: string;
  documents: string[];
}

const OURS = `${PAIRS} pairs over HTTP`;
const ALONE = 'the runtime alone, the same pairs';

/** G17: what is added to the model's own time when texts are ordered for a question. */
export async function measureRerank({ context, size, service, tenants }: Setting): Promise<Part> {
  const runtime = await EmbeddingRuntime.start({ model: BUILT_IN_MODEL });
  const headers = headersOf(tenants)(tenants[0] as Tenant);
  const ways = [
    { name: OURS, order: (task: Task) => service.post('/v1/rerank', task, headers) },
    { name: ALONE, order: ({ query, documents }: Task) => runtime.compare(query, documents) },
  ];
  const results = await interleave(ways, size.rounds, async ({ name, order }, round) => {
    const latencies: number[] = [];
    for (const task of tasksOf(round, size.reranked)) {
      const startedAt = performance.now();
      await order(task);
      latencies.push(performance.now() - startedAt);
    }
    context.log(`round ${round}  ${name}: p50 ${number(median(latencies))} ms`);
    return latencies;
  });
  await runtime.stop();
  return partOf(results);
}

function tasksOf(seed: number, count: number): Task[] {
  const texts = new MadeTexts(300 + seed);
  return Array.from({ length: count }, () => ({ query: texts.question(), documents: Array.from({ length: PAIRS }, () => texts.next().text) }));
}

function partOf(results: Map<string, number[][]>): Part {
  const p50s = [...results].map(([name, rounds]): Series => ({ name, rounds: rounds.map(median) }));
  const [ours, alone] = p50s as [Series, Series];
  return {
    tables: [
      {
        title: `Ordering ${PAIRS} texts for a question, built-in model`,
        columns: ['how', 'p50 ms', 'p99 ms', 'spread of p50', 'of the runtime alone'],
        rows: p50s.map((one) => {
          const all = (results.get(one.name) as number[][]).flat();
          return [one.name, number(median(all)), number(percentile(all, 99)), percent(spread(one.rounds)), times(pairedRatio(one.rounds, alone.rounds))];
        }),
      },
    ],
    goals: [judge({ goal: 'G17', what: `p50 of ordering ${PAIRS} texts`, subject: ours, baseline: alone, limit: { atMost: 1.1 } })],
    notes: [],
    raw: Object.fromEntries(results),
  };
}
