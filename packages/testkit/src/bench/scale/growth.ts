import type { Database, TenantScope } from '@cairn/common';
import type { QdrantGateway } from '@cairn/retrieval';
import { createTestDatabase } from '../../system/test-database.js';
import type { Part } from '../core/bench.js';
import { number, percent } from '../core/format.js';
import { type GoalResult, judge, type Limit } from '../core/goals.js';
import { cpuSecondsOf } from '../core/process-cpu.js';
import { loadPart } from '../core/service-parts.js';
import { median, percentile, spread } from '../core/statistics.js';
import { settled } from '../corpus/settled.js';
import { DIMENSION, SingleVectors, SPACE, seedVectors } from '../corpus/single-vectors.js';
import { evenTenants, type Tenant } from '../corpus/tenants.js';
import { TextLikeVectors } from '../corpus/text-like-vectors.js';
import { LIMIT, POINTS, ScaledQdrant, type Setting } from './setting.js';

interface Round {
  latencies: number[];
  qdrantMicros: number;
}

interface Stage {
  name: string;
  /** Of Qdrant, for each point that was written, until its index was built. */
  ingestMicros: number;
  rounds: Round[];
}

type Ask = (tenant: Tenant, vector: Float32Array) => Promise<unknown[]>;

interface LiveSearchPart {
  LiveSearch: new (
    gateway: QdrantGateway,
    metrics: { searched(): void; hidden(): void },
  ) => { search(database: Database, scope: TenantScope, question: object): Promise<unknown[]> };
}

const ANSWER_WITHIN_MS = 10_000;

/** G14: what the same organisations notice when ten times as many are there. Searches are those of the search service: Qdrant's hits, and Postgres' word on each. */
export async function measureGrowth({ context, size }: Setting): Promise<Part> {
  const database = await createTestDatabase(context.stack.postgres);
  const qdrant = new ScaledQdrant(context.stack);
  const { gateway, spaces } = qdrant;
  const { LiveSearch } = await loadPart<LiveSearchPart>('search', 'live-search.js');
  const [live, app] = [new LiveSearch(gateway, { searched: () => {}, hidden: () => {} }), await database.as('app')];
  const ask: Ask = async ({ scope }, vector) => {
    const question = { space: SPACE, vector, conditions: {}, limit: LIMIT, timings: {}, mustEndBy: performance.now() + ANSWER_WITHIN_MS };
    return live.search(app, scope, question);
  };
  const source = new SingleVectors(41);
  const pid = context.stack.qdrant.pid as number;
  const first = evenTenants(size.tenants, POINTS);
  const stages: Stage[] = [];
  for (const more of [first, evenTenants(size.grownTenants - size.tenants, POINTS)]) {
    const before = cpuSecondsOf(pid);
    await seedVectors({ gateway, database, log: context.log }, more, source);
    await settled(spaces, SPACE);
    const ingestMicros = ((cpuSecondsOf(pid) - before) * 1e6) / (more.length * POINTS);
    const count = stages.length === 0 ? size.tenants : size.grownTenants;
    const name = `${number(count * POINTS)} points of ${count} organisations`;
    stages.push({ name, ingestMicros, rounds: await measureStage({ context, size }, { name, tenants: first, pid, ask }) });
  }
  await spaces.dropSpace(SPACE);
  await Promise.all([qdrant.close(), database.close()]);
  return partOf(stages as [Stage, Stage]);
}

async function measureStage({ context, size }: Setting, stage: { name: string; tenants: Tenant[]; pid: number; ask: Ask }): Promise<Round[]> {
  const rounds: Round[] = [];
  for (let round = 0; round <= size.rounds; round++) {
    const found = await measureRound(stage, round, size.queries);
    context.log(`round ${round}  ${stage.name}: p50 ${number(median(found.latencies))} ms, ${number(found.qdrantMicros)} us of Qdrant each`);
    if (round > 0) rounds.push(found); // the first is a warm-up
  }
  return rounds;
}

async function measureRound({ tenants, pid, ask }: { tenants: Tenant[]; pid: number; ask: Ask }, round: number, queries: number): Promise<Round> {
  const vectors = new TextLikeVectors(50 + round, DIMENSION);
  const latencies: number[] = [];
  const before = cpuSecondsOf(pid);
  for (let at = 0; at < queries; at++) {
    const vector = vectors.next();
    const startedAt = performance.now();
    const results = await ask(tenants[at % tenants.length] as Tenant, vector);
    latencies.push(performance.now() - startedAt);
    if (results.length !== LIMIT) throw new Error(`a search found ${results.length} of ${LIMIT}`);
  }
  return { latencies, qdrantMicros: ((cpuSecondsOf(pid) - before) * 1e6) / queries };
}

function partOf(stages: [Stage, Stage]): Part {
  const [small, grown] = stages;
  const compare = (what: string, limit: Limit, pick: (stage: Stage) => number[]): GoalResult => {
    const [subject, baseline] = [grown, small].map((stage) => ({ name: stage.name, rounds: pick(stage) })) as [
      { name: string; rounds: number[] },
      { name: string; rounds: number[] },
    ];
    return judge({ goal: 'G14', what, subject, baseline, limit });
  };
  const at = (share: number) => (stage: Stage) => stage.rounds.map(({ latencies }) => percentile(latencies, share));
  const ofQdrant = (stage: Stage) => stage.rounds.map(({ qdrantMicros }) => qdrantMicros);
  return {
    tables: [
      {
        title: 'The same organisations among ten times as many',
        columns: ['what is there', 'p50 ms', 'p99 ms', 'spread of p50', 'us of Qdrant per search', 'us of Qdrant per point written'],
        rows: stages.map((stage) => {
          const all = stage.rounds.flatMap(({ latencies }) => latencies);
          const costs = [number(median(ofQdrant(stage))), number(stage.ingestMicros)];
          return [stage.name, number(median(all)), number(percentile(all, 99)), percent(spread(at(50)(stage))), ...costs];
        }),
      },
    ],
    goals: [
      compare('p50 of a search when it has grown tenfold', { atMost: 1.25 }, at(50)),
      compare('p99 of a search when it has grown tenfold', { atMost: 1.3 }, at(99)),
      compare('CPU of Qdrant per search when it has grown tenfold', { atMost: 1.8 }, ofQdrant),
      compare('CPU of Qdrant per point, the later ones', { atMost: 1.3 }, ({ ingestMicros }) => [ingestMicros]),
    ],
    notes: ['What is written, until its index is built, is measured once each: there is no spread of it.'],
    raw: stages,
  };
}
