import { collectionNameOf, QdrantGateway } from '@cairn/retrieval';
import { QdrantClient } from '@qdrant/js-client-rest';
import type { BenchContext, Part, Table } from '../core/bench.js';
import { withCpu } from '../core/cpu.js';
import { number, percent, times } from '../core/format.js';
import { type GoalResult, judge, type Series } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { median, pairedRatio, percentile, spread } from '../core/statistics.js';
import { DIMENSION, SPACE } from '../corpus/single-vectors.js';
import type { Tenant } from '../corpus/tenants.js';
import { TextLikeVectors } from '../corpus/text-like-vectors.js';
import { nearestQuery, RawQdrant } from './raw-qdrant.js';
import { LIMIT } from './searchers.js';
import type { Setting } from './setting.js';

interface ClientRound {
  latencies: number[];
  cpuMicros: number;
}

type ClientResults = Map<string, ClientRound[]>;

interface Contestant {
  name: string;
  /** Of the queries, how many this one is given: a client that takes 45 ms for each would take the whole day. */
  share: number;
  ask(tenant: Tenant, vector: Float32Array): Promise<unknown[]>;
}

const OURS = 'Cairn gateway, gRPC';
const UNDICI = 'undici, raw REST';
const OFFICIAL = 'js-client-rest';

/** G2: our client of Qdrant alone. */
export async function measureClients(setting: Setting): Promise<Part> {
  const { context, options, gateway, size } = setting;
  const collection = collectionNameOf(options.namespace, SPACE);
  const rest = new QdrantGateway({ ...options, grpcUrl: undefined });
  const raw = new RawQdrant(options, collection);
  const official = new QdrantClient({ url: options.url, headers: { 'api-key': options.apiKey }, checkCompatibility: false });
  const contestants: Contestant[] = [
    { name: OURS, share: 1, ask: ({ scope }, vector) => gateway.search(scope, SPACE, { vector, limit: LIMIT }) },
    { name: UNDICI, share: 1, ask: ({ scope }, vector) => raw.nearest(scope, vector, LIMIT) },
    { name: OFFICIAL, share: 0.1, ask: async ({ scope }, vector) => (await official.query(collection, nearestQuery(scope, vector, LIMIT))).points },
    { name: 'Cairn gateway, REST', share: 1, ask: ({ scope }, vector) => rest.search(scope, SPACE, { vector, limit: LIMIT }) },
  ];
  const results = await interleave(contestants, size.rounds, (one, round) => measure(context, one, setting, round));
  await Promise.all([rest.close(), raw.close()]);
  return { tables: [clientTable(results)], goals: clientGoals(results), notes: [], raw: Object.fromEntries(results) };
}

async function measure(context: BenchContext, { name, share, ask }: Contestant, { tenants, size }: Setting, round: number): Promise<ClientRound> {
  const source = new TextLikeVectors(round + 1, DIMENSION);
  const vectors = Array.from({ length: Math.ceil(size.clientQueries * share) }, () => source.next());
  const latencies: number[] = [];
  const { cpuMicros } = await withCpu(async () => {
    for (const [at, vector] of vectors.entries()) {
      const startedAt = performance.now();
      const hits = await ask(tenants[at % tenants.length] as Tenant, vector);
      latencies.push(performance.now() - startedAt);
      if (hits.length !== LIMIT) throw new Error(`${name} found ${hits.length} of ${LIMIT}`);
    }
  });
  const found = { latencies, cpuMicros: cpuMicros / vectors.length };
  context.log(`round ${round}  ${name}: p50 ${number(median(latencies))} ms, ${number(found.cpuMicros)} us of Node each`);
  return found;
}

const seriesOf = (results: ClientResults, pick: (round: ClientRound) => number): Series[] =>
  [...results].map(([name, rounds]) => ({ name, rounds: rounds.map(pick) }));

const p50Of = ({ latencies }: ClientRound): number => median(latencies);

function clientTable(results: ClientResults): Table {
  const [p50s, costs] = [seriesOf(results, p50Of), seriesOf(results, ({ cpuMicros }) => cpuMicros)];
  const [ours, oursCost] = [p50s[0] as Series, costs[0] as Series];
  return {
    title: 'Asking Qdrant for the nearest, with payload',
    columns: ['client', 'p50 ms', 'p99 ms', 'spread of p50', 'us of Node CPU each', 'Cairn: p50', 'Cairn: CPU'],
    rows: p50s.map((one, index) => {
      const all = (results.get(one.name) as ClientRound[]).flatMap(({ latencies }) => latencies);
      const cost = costs[index] as Series;
      const ratios = [times(pairedRatio(ours.rounds, one.rounds)), times(pairedRatio(oursCost.rounds, cost.rounds))];
      return [one.name, number(median(all)), number(percentile(all, 99)), percent(spread(one.rounds)), number(median(cost.rounds)), ...ratios];
    }),
  };
}

function clientGoals(results: ClientResults): GoalResult[] {
  const named = (all: Series[], name: string) => all.find((one) => one.name === name) as Series;
  const [p50s, costs] = [seriesOf(results, p50Of), seriesOf(results, ({ cpuMicros }) => cpuMicros)];
  const goal = (what: string, all: Series[], baseline: string, atMost: number) =>
    judge({ goal: 'G2', what, subject: named(all, OURS), baseline: named(all, baseline), limit: { atMost } });
  return [
    goal('p50 of our Qdrant client', p50s, UNDICI, 1.1),
    goal('Node CPU of our Qdrant client', costs, UNDICI, 1.2),
    goal('Node CPU of our Qdrant client', costs, OFFICIAL, 0.3),
  ];
}
