import type { Part } from '../core/bench.js';
import { number } from '../core/format.js';
import { judge, type Series } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { percentile } from '../core/statistics.js';
import { latencyTable, pacedRound, seriesAt } from '../search/paced.js';
import { newQuery } from '../search/queries.js';
import { vectorSearch } from '../search/searchers.js';
import type { BusySystem } from './busy-system.js';
import { evenWrites, fullIngest, type Load, nothing, under } from './loads.js';
import { LIMIT, type Setting } from './setting.js';

const PER_SECOND = 50;

const WAYS: readonly { name: string; load: Load }[] = [
  { name: 'nothing is written', load: nothing },
  { name: '200 points/s are written', load: evenWrites },
  { name: 'texts come as fast as they are embedded', load: fullIngest },
];

/** G16: what a search notices while others write. */
export async function measureUnderWrites({ context, size }: Setting, busy: BusySystem): Promise<Part> {
  const { tenants, service } = busy;
  const pace = { tenants, question: newQuery, limit: LIMIT, queries: size.busyQueries, perSecond: PER_SECOND };
  const searcher = vectorSearch(service, tenants);
  const latencies = await interleave(WAYS, size.rounds, async ({ name, load }, round) => {
    const found = await under(load, busy, () => pacedRound([searcher], pace));
    const own = found.get(searcher.name) as number[];
    context.log(`round ${round}  ${name}: p50 ${number(percentile(own, 50))} ms, p99 ${number(percentile(own, 99))} ms`);
    return own;
  });
  const [idle, even, full] = seriesAt(latencies, 99) as [Series, Series, Series];
  return {
    tables: [latencyTable('A search while others write', latencies, { name: idle.name, as: 'of idle', isSubject: false })],
    goals: [
      judge({ goal: 'G16', what: 'p99 of a search while 200 points/s are written', subject: even, baseline: idle, limit: { atMost: 2 } }),
      judge({ goal: 'G16', what: "p99 of a search at the model's full rate", subject: full, baseline: idle, limit: { atMost: 4 } }),
    ],
    notes: [],
    raw: Object.fromEntries(latencies),
  };
}
