import { BUILT_IN_MODEL, EmbeddingRuntime, spaceOf } from '@cairn/models';
import { collectionNameOf, QdrantGateway } from '@cairn/retrieval';
import { natsUrlOf, TestSystem } from '../../system/test-system.js';
import { AS_IN_PRODUCTION } from '../core/as-in-production.js';
import type { Bench, BenchContext, BenchResult, Table } from '../core/bench.js';
import { Child } from '../core/child.js';
import { number, percent, times } from '../core/format.js';
import { type GoalResult, judge, type Series } from '../core/goals.js';
import { median, pairedRatio, percentile, spread } from '../core/statistics.js';
import { clientGoals, clientTable, measureClients } from './clients.js';
import { SPACE, seedCorpus, type Tenant } from './corpus.js';
import { newQuery, shuffled } from './queries.js';
import { RawQdrant } from './raw-qdrant.js';
import { LIMIT, referenceService, type Searcher, searchService } from './searchers.js';

const FULL = { rounds: 5, queries: 200, points: 20_000, clientQueries: 1_000 };
const QUICK = { rounds: 3, queries: 60, points: 4_000, clientQueries: 200 };
const PER_SECOND = 50;

/** Milliseconds of each round's queries, by searcher. */
type Latencies = Map<string, number[][]>;

export const SEARCH: Bench = {
  name: 'search',
  title: 'Search: a question over HTTP, and our Qdrant client alone',
  run: async (context) => {
    const size = context.quick ? QUICK : FULL;
    const system = await TestSystem.start({ stack: context.stack, services: ['worker', 'search'], env: AS_IN_PRODUCTION });
    const { qdrant } = context.stack;
    const options = { url: qdrant.url, grpcUrl: `http://127.0.0.1:${qdrant.grpcPort}`, apiKey: qdrant.apiKey, namespace: system.namespace };
    const gateway = new QdrantGateway(options);
    context.log(`seeding ${number(size.points)} points of 50 organisations`);
    const tenants = await seedCorpus(system.database, gateway, size.points);
    const latencies = await measureServices(context, system, tenants, size);
    const clients = await measureClients(context, { options, gateway, tenants, rounds: size.rounds, queries: size.clientQueries });
    await gateway.close();
    await system.stop();
    return resultOf(latencies, clients, size);
  },
};

async function measureServices(context: BenchContext, system: TestSystem, tenants: Tenant[], size: typeof FULL): Promise<Latencies> {
  const { qdrant } = context.stack;
  const collection = collectionNameOf(system.namespace, SPACE);
  const shared = { natsUrl: natsUrlOf(context.stack), namespace: system.namespace, qdrantUrl: qdrant.url, apiKey: qdrant.apiKey, collection };
  const child = await Child.start(new URL('./reference.process.js', import.meta.url), { ...shared, model: BUILT_IN_MODEL.id, space: spaceOf(BUILT_IN_MODEL) });
  const { port } = await child.ask({ kind: 'port' }, 'port');
  const runtime = await EmbeddingRuntime.start({ model: BUILT_IN_MODEL });
  const raw = new RawQdrant({ url: qdrant.url, apiKey: qdrant.apiKey }, collection);
  const [ours, reference] = [searchService(system.service('search').url, tenants), referenceService(`http://127.0.0.1:${port}`)];
  const inProcess: Searcher = {
    name: 'the same in one process',
    ask: async ({ scope }, query) => (await raw.nearest(scope.orgId, (await runtime.embedQuery(query)).vector, LIMIT)).length,
  };
  const latencies = await paced(context, [ours, reference, inProcess], tenants, size);
  await Promise.all([ours.close(), reference.close(), raw.close(), runtime.stop(), child.stop()]);
  return latencies;
}

// One after the other at an even pace, in an order drawn anew for every round; who is slow does not make the next one late.
async function paced(context: BenchContext, searchers: Searcher[], tenants: Tenant[], size: typeof FULL): Promise<Latencies> {
  const latencies: Latencies = new Map(searchers.map(({ name }) => [name, []]));
  for (let round = 0; round <= size.rounds; round++) {
    const found = await pacedRound(searchers, tenants, size.queries);
    for (const { name } of searchers) {
      const own = found.filter((one) => one.name === name).map(({ ms }) => ms);
      if (round > 0) latencies.get(name)?.push(own);
      context.log(`round ${round}  ${name}: p50 ${number(median(own))} ms, p99 ${number(percentile(own, 99))} ms`);
    }
  }
  return latencies;
}

async function pacedRound(searchers: Searcher[], tenants: Tenant[], queries: number): Promise<{ name: string; ms: number }[]> {
  const turns = shuffled(searchers.flatMap((searcher) => Array.from({ length: queries }, () => searcher)));
  const begunAt = performance.now();
  const asked: Promise<{ name: string; ms: number }>[] = [];
  for (const [at, searcher] of turns.entries()) {
    const waitMs = begunAt + (at * 1_000) / PER_SECOND - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    asked.push(timed(searcher, tenants[at % tenants.length] as Tenant));
  }
  return Promise.all(asked);
}

async function timed({ name, ask }: Searcher, tenant: Tenant): Promise<{ name: string; ms: number }> {
  const query = newQuery();
  const startedAt = performance.now();
  const results = await ask(tenant, query);
  const ms = performance.now() - startedAt;
  if (results !== LIMIT) throw new Error(`${name} found ${results} of ${LIMIT}`);
  return { name, ms };
}

function resultOf(latencies: Latencies, clients: Awaited<ReturnType<typeof measureClients>>, size: typeof FULL): BenchResult {
  return {
    scenario: `${number(size.points)} points of 50 organisations (one with a quarter of them, four with 7.5 %, 45 with 1 %), ${LIMIT} results. Services: ${PER_SECOND} new questions per second in random order, ${size.queries} for each in each of ${size.rounds} rounds. Clients: ${number(size.clientQueries)} queries one after the other, with payload.`,
    tables: [serviceTable(latencies), clientTable(clients)],
    goals: [...serviceGoals(latencies), ...clientGoals(clients)],
    notes: [
      'Our service does what the reference does not: it verifies the token, checks the body, asks for half as many candidates again, has Postgres say which are live, logs and measures.',
    ],
    raw: { services: Object.fromEntries(latencies), clients },
  };
}

const at = (latencies: Latencies, share: number): Series[] =>
  [...latencies].map(([name, rounds]) => ({ name, rounds: rounds.map((round) => percentile(round, share)) }));

function serviceTable(latencies: Latencies): Table {
  const [p50s, p99s] = [at(latencies, 50), at(latencies, 99)];
  const [ours, ours99] = [p50s[0] as Series, p99s[0] as Series];
  return {
    title: 'Answering a question',
    columns: ['who', 'p50 ms', 'p99 ms', 'spread of p50', 'Cairn: p50', 'Cairn: p99'],
    rows: p50s.map((one, index) => {
      const all = (latencies.get(one.name) as number[][]).flat();
      const p99 = p99s[index] as Series;
      const ratios = [times(pairedRatio(ours.rounds, one.rounds)), times(pairedRatio(ours99.rounds, p99.rounds))];
      return [one.name, number(percentile(all, 50)), number(percentile(all, 99)), percent(spread(one.rounds)), ...ratios];
    }),
  };
}

function serviceGoals(latencies: Latencies): GoalResult[] {
  const [ours, reference, inProcess] = at(latencies, 50) as [Series, Series, Series];
  const [ours99, reference99] = at(latencies, 99) as [Series, Series];
  return [
    judge({ goal: 'G1', what: 'p50 against the reference service', subject: ours, baseline: reference, limit: { atMost: 1.1 } }),
    judge({ goal: 'G1', what: 'p99 against the reference service', subject: ours99, baseline: reference99, limit: { atMost: 1.3 } }),
    judge({ goal: 'G1', what: 'p50 against the same in one process', subject: ours, baseline: inProcess, limit: { atMost: 1.35 } }),
  ];
}
