import type { Part } from '../core/bench.js';
import { type GoalResult, judge, type Series } from '../core/goals.js';
import type { CollectionTenant } from '../corpus/collections.js';
import { MadeTexts } from '../corpus/made-texts.js';
import { type Latencies, latencyTable, paced, seriesAt } from './paced.js';
import { collectionSearch, LIMIT, type Mode, reference } from './searchers.js';
import { PER_SECOND, type Setting } from './setting.js';

const MODES: readonly Mode[] = ['dense', 'hybrid'];
const RAW: Record<Mode, string> = { dense: 'node:http, same embedding, raw Qdrant', hybrid: 'node:http, same embedding, words, raw Qdrant RRF' };

/** G17: what the search that people use adds to an embedding and one call of Qdrant, by meaning and by both. */
export async function measureCollectionSearch({ context, size, collections: tenants, service, reference: other }: Setting): Promise<Part> {
  const texts = new MadeTexts(31);
  const pace = { tenants, question: () => texts.question(), limit: LIMIT, queries: size.collectionQueries, perSecond: PER_SECOND.collections };
  const searchers = MODES.flatMap((mode) => [collectionSearch(service, tenants, mode), reference<CollectionTenant>(other, mode, RAW[mode])]);
  const latencies = await paced(context.log, searchers, size.rounds, pace);
  return {
    tables: MODES.map((mode) =>
      latencyTable(`Searching a collection, ${mode}`, ofMode(latencies, mode), { name: `Cairn, ${mode}`, as: 'Cairn', isSubject: true }),
    ),
    goals: MODES.map((mode) => goalOf(latencies, mode)),
    notes: [
      'A search by both makes rankings of 50, and every search finds out more than the reference: what the caller may read, which index serves, which hits are live, and their texts.',
    ],
    raw: Object.fromEntries(latencies),
  };
}

const ofMode = (latencies: Latencies, mode: Mode): Latencies => new Map([...latencies].filter(([name]) => [`Cairn, ${mode}`, RAW[mode]].includes(name)));

function goalOf(latencies: Latencies, mode: Mode): GoalResult {
  const [subject, baseline] = seriesAt(ofMode(latencies, mode), 50) as [Series, Series];
  return judge({ goal: 'G17', what: `p50 of a collection, ${mode}, against the reference service`, subject, baseline, limit: { atMost: 1.1 } });
}
