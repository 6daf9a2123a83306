import type { Part } from '../core/bench.js';
import { number } from '../core/format.js';
import { judge, type Series } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { percentile } from '../core/statistics.js';
import { latencyTable, pacedRound, seriesAt } from '../search/paced.js';
import { newQuery } from '../search/queries.js';
import { vectorSearch } from '../search/searchers.js';
import type { BusySystem } from './busy-system.js';
import { flood, type Load, nothing, under } from './loads.js';
import { LIMIT, type Setting } from './setting.js';

const PER_SECOND = 20;

const WAYS: readonly { name: string; load: Load }[] = [
  { name: 'the small ones alone', load: nothing },
  { name: 'a large one floods searches and writes', load: flood },
];

/** G18: what small organisations notice of one that takes all it can get. */
export async function measureNeighbour({ context, size }: Setting, busy: BusySystem): Promise<Part> {
  const { quiet, service } = busy;
  const pace = { tenants: quiet, question: newQuery, limit: LIMIT, queries: size.busyQueries, perSecond: PER_SECOND };
  const searcher = vectorSearch(service, quiet);
  const latencies = await interleave(WAYS, size.rounds, async ({ name, load }, round) => {
    const found = await under(load, busy, () => pacedRound([searcher], pace));
    const own = found.get(searcher.name) as number[];
    context.log(`round ${round}  ${name}: p50 ${number(percentile(own, 50))} ms, p99 ${number(percentile(own, 99))} ms`);
    return own;
  });
  const [alone, beside] = seriesAt(latencies, 99) as [Series, Series];
  return {
    tables: [latencyTable('A small organisation beside a large one', latencies, { name: alone.name, as: 'of alone', isSubject: false })],
    goals: [judge({ goal: 'G18', what: 'p99 of small organisations beside one that floods', subject: beside, baseline: alone, limit: { atMost: 1.5 } })],
    notes: ['Rates are limited per organisation in production (12,000 searches a minute, when nothing else is set); here nothing is refused.'],
    raw: Object.fromEntries(latencies),
  };
}
