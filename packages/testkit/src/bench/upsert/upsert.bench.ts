import { randomBytes } from 'node:crypto';
import { newId, type OrgId, type PointId, scopeOfPrincipal, storedPointIdOf } from '@cairn/common';
import { collectionNameOf, type PointToWrite, QdrantGateway, SpaceMaintenance } from '@cairn/retrieval';
import { QdrantClient } from '@qdrant/js-client-rest';
import type { Bench, BenchContext, BenchResult } from '../core/bench.js';
import { withCpu } from '../core/cpu.js';
import { number, percent, times } from '../core/format.js';
import { bestOf, judge, type Series } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { VectorSource } from '../core/random-vectors.js';
import { median, pairedRatio, spread } from '../core/statistics.js';
import { uniformFrom } from '../core/uniform.js';

const FULL = { rounds: 5, points: 16_384 };
const QUICK = { rounds: 3, points: 4_096 };
const BATCH = 256;
const DIMENSION = 384;
const OURS = 'Cairn gateway, gRPC';
const WITH_TERMS = 'Cairn gateway, gRPC, with terms';
const TERMS_OF_A_TEXT = 80;
const VOCABULARY = 100_000;

interface Round {
  perSecond: number;
  cpuMicrosPerPoint: number;
}

type Write = (space: string, points: PointToWrite[]) => Promise<void>;

interface Contestant {
  name: string;
  write: Write;
}

export const UPSERT: Bench = {
  name: 'upsert',
  title: 'Upsert: points into Qdrant',
  run: async (context) => {
    const size = context.quick ? QUICK : FULL;
    const { qdrant } = context.stack;
    const options = { url: qdrant.url, grpcUrl: `http://127.0.0.1:${qdrant.grpcPort}`, apiKey: qdrant.apiKey, namespace: `b${randomBytes(4).toString('hex')}` };
    const [gateway, spaces] = [new QdrantGateway(options), new SpaceMaintenance(options)];
    const points = pointsOf(size.points);
    const run = (one: Contestant, round: number) => measure(context, spaces, one, points, round);
    const results = await interleave(contestantsOf(context, gateway, options.namespace), size.rounds, run);
    await Promise.all([gateway.close(), spaces.close()]);
    return resultOf(results, size);
  },
};

const SCOPE = scopeOfPrincipal({ orgId: newId<OrgId>(), actor: 'user:bench' });

function pointsOf(count: number): PointToWrite[] {
  const vectors = new VectorSource(7, DIMENSION);
  const facts = { asset_id: 'asset', model: 'all-MiniLM-L6-v2', model_ver: 'v1' };
  return Array.from({ length: count }, (_, at) => {
    const [point_id, token] = [newId<PointId>(), newId()];
    return { id: storedPointIdOf(point_id, token), vector: vectors.next(), payload: { ...facts, point_id, segment_id: `segment-${at}`, token } };
  });
}

function contestantsOf(context: BenchContext, gateway: QdrantGateway, namespace: string): Contestant[] {
  const { url, apiKey } = context.stack.qdrant;
  const client = new QdrantClient({ url, headers: { 'api-key': apiKey }, checkCompatibility: false });
  const byClient =
    (inFlight: number): Write =>
    async (space, points) => {
      const batches = Array.from({ length: Math.ceil(points.length / BATCH) }, (_, at) => points.slice(at * BATCH, (at + 1) * BATCH));
      const lane = async () => {
        for (let batch = batches.shift(); batch; batch = batches.shift()) {
          const stored = batch.map(({ id, vector, payload }) => ({ id, vector: Array.from(vector), payload: { org_id: SCOPE.orgId, ...payload } }));
          await client.upsert(collectionNameOf(namespace, space), { wait: true, points: stored, shard_key: 'main' });
        }
      };
      await Promise.all(Array.from({ length: inFlight }, lane));
    };
  return [
    { name: OURS, write: (space, points) => gateway.upsert(SCOPE, space, points) },
    { name: WITH_TERMS, write: (space, points) => gateway.upsert(SCOPE, space, points.map(withTerms)) },
    { name: 'js-client-rest, 1 in flight', write: byClient(1) },
    { name: 'js-client-rest, 2 in flight', write: byClient(2) },
  ];
}

const uniform = uniformFrom(11);

/** With the terms of a text whose words are as rare as those of a language: the n-th word is n times rarer than the first. */
function withTerms(point: PointToWrite): PointToWrite {
  const words = new Set(Array.from({ length: TERMS_OF_A_TEXT }, () => Math.floor(VOCABULARY ** uniform())));
  const indices = Uint32Array.from([...words].map((word) => Math.imul(word, 2_654_435_761) >>> 0)).sort();
  return { ...point, terms: { indices, values: new Float32Array(indices.length).fill(0.5) } };
}

// A new collection for every round: the second time the same ids would be updates.
async function measure(context: BenchContext, spaces: SpaceMaintenance, { name, write }: Contestant, points: PointToWrite[], round: number): Promise<Round> {
  const space = `r${round}-${randomBytes(4).toString('hex')}`;
  await spaces.ensureSpace({ space, dimension: DIMENSION, distance: 'Cosine' });
  await write(space, points.slice(0, BATCH));
  const { ms, cpuMicros } = await withCpu(() => write(space, points.slice(BATCH)));
  const count = points.length - BATCH;
  const stored = await spaces.count(space);
  if (stored !== points.length) throw new Error(`${name} wrote ${stored} of ${points.length} points`);
  await spaces.dropSpace(space);
  const result = { perSecond: count / (ms / 1_000), cpuMicrosPerPoint: cpuMicros / count };
  context.log(`round ${round}  ${name}: ${number(result.perSecond)} points/s, ${number(result.cpuMicrosPerPoint)} us of Node each`);
  return result;
}

type Pair<T> = [T, T];

function resultOf(results: Map<string, Round[]>, size: typeof FULL): BenchResult {
  const series = (pick: (round: Round) => number): Series[] => [...results].map(([name, rounds]) => ({ name, rounds: rounds.map(pick) }));
  const rates = series(({ perSecond }) => perSecond);
  const costs = series(({ cpuMicrosPerPoint }) => cpuMicrosPerPoint);
  const [[rate, ...peerRates], [cost, ...peerCosts]] = [rates, costs].map((all) => all.filter(({ name }) => name !== WITH_TERMS)) as Pair<
    [Series, ...Series[]]
  >;
  return {
    scenario: `${number(size.points)} points of ${DIMENSION} dimensions with their payload, in batches of ${BATCH}, wait=true, into a new collection with our own settings (payload indexes on). ${size.rounds} rounds.`,
    tables: [
      {
        title: 'Writing points',
        columns: ['client', 'points/s', 'spread', 'us of Node CPU per point', 'Cairn: points/s', 'Cairn: CPU'],
        rows: rates.map((one, at) => {
          const own = costs[at] as Series;
          const ratios = [times(pairedRatio(rate.rounds, one.rounds)), times(pairedRatio(cost.rounds, own.rounds))];
          return [one.name, number(median(one.rounds)), percent(spread(one.rounds)), number(median(own.rounds)), ...ratios];
        }),
      },
    ],
    goals: [
      judge({ goal: 'G3', what: 'points/s against js-client-rest', subject: rate, baseline: bestOf(peerRates, 'higher'), limit: { atLeast: 3 } }),
      judge({ goal: 'G3', what: 'Node CPU per point against js-client-rest', subject: cost, baseline: bestOf(peerCosts, 'lower'), limit: { atMost: 0.2 } }),
    ],
    notes: [],
    raw: Object.fromEntries(results),
  };
}
