import { BUILT_IN_MODEL, EmbeddingRuntime } from '@cairn/models';
import { collectionNameOf } from '@cairn/retrieval';
import type { Part } from '../core/bench.js';
import { judge, type Series } from '../core/goals.js';
import { SPACE } from '../corpus/single-vectors.js';
import type { Tenant } from '../corpus/tenants.js';
import { type Latencies, latencyTable, paced, type Searcher, seriesAt } from './paced.js';
import { newQuery } from './queries.js';
import { RawQdrant } from './raw-qdrant.js';
import { LIMIT, reference, vectorSearch } from './searchers.js';
import { PER_SECOND, type Setting } from './setting.js';

/** G1: what our service adds to an embedding and one call of Qdrant. */
export async function measureVectorSearch({ context, size, options, tenants, service, reference: other }: Setting): Promise<Part> {
  const runtime = await EmbeddingRuntime.start({ model: BUILT_IN_MODEL });
  const raw = new RawQdrant(options, collectionNameOf(options.namespace, SPACE));
  const inProcess: Searcher<Tenant> = {
    name: 'the same in one process',
    ask: async ({ scope }, query) => (await raw.nearest(scope, (await runtime.embedQuery(query)).vector, LIMIT)).length,
  };
  const searchers = [vectorSearch(service, tenants), reference<Tenant>(other, 'dense', 'node:http, same embedding, raw Qdrant'), inProcess];
  const pace = { tenants, question: newQuery, limit: LIMIT, queries: size.queries, perSecond: PER_SECOND.vectors };
  const latencies = await paced(context.log, searchers, size.rounds, pace);
  await Promise.all([raw.close(), runtime.stop()]);
  return partOf(latencies);
}

function partOf(latencies: Latencies): Part {
  const [ours, other, inProcess] = seriesAt(latencies, 50) as [Series, Series, Series];
  const [ours99, other99] = seriesAt(latencies, 99) as [Series, Series];
  return {
    tables: [latencyTable('Answering a question', latencies, { name: ours.name, as: 'Cairn', isSubject: true })],
    goals: [
      judge({ goal: 'G1', what: 'p50 against the reference service', subject: ours, baseline: other, limit: { atMost: 1.1 } }),
      judge({ goal: 'G1', what: 'p99 against the reference service', subject: ours99, baseline: other99, limit: { atMost: 1.3 } }),
      judge({ goal: 'G1', what: 'p50 against the same in one process', subject: ours, baseline: inProcess, limit: { atMost: 1.35 } }),
    ],
    notes: [
      'Our service does what the reference does not: it verifies the token, checks the body, asks for half as many candidates again, has Postgres say which are live, logs and measures.',
    ],
    raw: Object.fromEntries(latencies),
  };
}
