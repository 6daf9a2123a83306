import type { Bench, BenchContext, BenchResult, Table } from '../core/bench.js';
import { number, percent, times } from '../core/format.js';
import { bestOf, type GoalResult, judge, type Series } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { cpuSecondsOf } from '../core/process-cpu.js';
import { median, pairedRatio, percentile, spread } from '../core/statistics.js';
import { CairnSystem } from './cairn.system.js';
import { GraphileSystem } from './graphile.system.js';
import type { JobSystem } from './job-system.js';
import { PgBossSystem } from './pg-boss.system.js';
import { floodWith, trickle } from './producers.js';

interface Load {
  rounds: number;
  jobs: number;
  warmUp: number;
  trickleMs: number;
}

interface Round {
  perSecond: number;
  /** Microseconds of CPU per job, by process, under full load. */
  cpuMicros: Record<string, number>;
  latencies: number[];
}

const FULL: Load = { rounds: 5, jobs: 10_000, warmUp: 500, trickleMs: 8_000 };
const QUICK: Load = { rounds: 3, jobs: 3_000, warmUp: 300, trickleMs: 2_000 };
const PRODUCERS = 8;
const PER_SECOND = 40;
const OURS = 'Cairn';
const POLLED = 'Cairn, no wake-up, 1 s poll';
const FAST_POLLED = 'Cairn, no wake-up, 50 ms poll';

export const JOBS: Bench = {
  name: 'jobs',
  title: 'Jobs: accepted, handled, completed',
  run: async (context) => {
    const load = context.quick ? QUICK : FULL;
    const systems = systemsOf(context);
    for (const system of systems) await system.prepare();
    const results = await interleave(systems, load.rounds, (system, round) => measure(context, system, load, round));
    return resultOf(results, load);
  },
};

function systemsOf(context: BenchContext): JobSystem[] {
  const ours = { slots: 256, organisations: 8 };
  return [
    new CairnSystem(context, { ...ours, name: OURS, wake: true, pollMs: 1_000 }),
    new PgBossSystem(context, 'fetch loop'),
    new GraphileSystem(context, 'local queue'),
    new CairnSystem(context, { ...ours, name: FAST_POLLED, wake: false, pollMs: 50 }),
    new PgBossSystem(context, 'work, burst and notify'),
    new GraphileSystem(context, 'default'),
    new CairnSystem(context, { ...ours, name: POLLED, wake: false, pollMs: 1_000 }),
  ];
}

async function measure(context: BenchContext, system: JobSystem, load: Load, round: number): Promise<Round> {
  if (round === 0) return { perSecond: Number.NaN, cpuMicros: {}, latencies: [] }; // every round warms its own processes up
  await system.start();
  await floodWith(system, load.warmUp, PRODUCERS);
  const before = cpuOf(context, system);
  const perSecond = await floodWith(system, load.jobs, PRODUCERS);
  const after = cpuOf(context, system);
  const cpuMicros = Object.fromEntries(Object.keys(after).map((name) => [name, (((after[name] as number) - (before[name] as number)) * 1e6) / load.jobs]));
  await trickle(system, { perSecond: PER_SECOND, forMs: load.trickleMs });
  const latencies = await system.latencies();
  await system.stop();
  context.log(`round ${round}  ${system.name}: ${number(perSecond)} jobs/s, ${number(sum(cpuMicros))} us of CPU per job, p50 ${number(median(latencies))} ms`);
  return { perSecond, cpuMicros, latencies };
}

function cpuOf({ stack }: BenchContext, system: JobSystem): Record<string, number> {
  const { user, system: kernel } = process.cpuUsage();
  const workers = system.processes().map(({ name, pid }) => [name, cpuSecondsOf(pid)]);
  return { ...Object.fromEntries(workers), producer: (user + kernel) / 1e6, Postgres: cpuSecondsOf(stack.postgres.pid), NATS: cpuSecondsOf(stack.nats.pid) };
}

const sum = (parts: Record<string, number>): number => Object.values(parts).reduce((total, part) => total + part, 0);

function resultOf(results: Map<string, Round[]>, load: Load): BenchResult {
  const rates = seriesOf(results, (round) => round.perSecond);
  const p50s = seriesOf(results, (round) => median(round.latencies));
  return {
    scenario: `${load.jobs.toLocaleString('en-US')} jobs from one producer process with ${PRODUCERS} in flight to worker processes that do nothing and complete, counted when the database says that all are done; then ${PER_SECOND} jobs/s for ${load.trickleMs / 1_000} s, from before the insert to the first line of the handler. ${load.rounds} rounds.`,
    tables: [throughputTable(rates), cpuTable(results), latencyTable(results, p50s)],
    goals: goalsOf(rates, p50s),
    notes: [],
    raw: Object.fromEntries(results),
  };
}

function seriesOf(results: Map<string, Round[]>, pick: (round: Round) => number): Series[] {
  return [...results].map(([name, rounds]) => ({ name, rounds: rounds.map(pick) }));
}

function throughputTable(rates: Series[]): Table {
  const [ours] = rates as [Series];
  return {
    title: 'Throughput under full load',
    columns: ['system', 'jobs/s', 'spread', 'Cairn is'],
    rows: rates.map((one) => [one.name, number(median(one.rounds)), percent(spread(one.rounds)), times(pairedRatio(ours.rounds, one.rounds))]),
  };
}

const PARTS = ['producer', 'dispatcher', 'worker', 'Postgres', 'NATS'];

function cpuTable(results: Map<string, Round[]>): Table {
  const medianOf = (rounds: Round[], pick: (parts: Record<string, number>) => number) => number(median(rounds.map(({ cpuMicros }) => pick(cpuMicros))));
  return {
    title: 'Microseconds of CPU per job under full load',
    columns: ['system', 'all', ...PARTS],
    rows: [...results].map(([name, rounds]) => [name, medianOf(rounds, sum), ...PARTS.map((part) => medianOf(rounds, (parts) => parts[part] ?? 0))]),
  };
}

function latencyTable(results: Map<string, Round[]>, p50s: Series[]): Table {
  const [ours] = p50s as [Series];
  return {
    title: `Latency at ${PER_SECOND} jobs/s, accepted to handled`,
    columns: ['system', 'p50 ms', 'p99 ms', 'spread of p50', "Cairn's p50 is"],
    rows: p50s.map((one) => {
      const all = (results.get(one.name) as Round[]).flatMap(({ latencies }) => latencies);
      return [one.name, number(percentile(all, 50)), number(percentile(all, 99)), percent(spread(one.rounds)), times(pairedRatio(ours.rounds, one.rounds))];
    }),
  };
}

function goalsOf(rates: Series[], p50s: Series[]): GoalResult[] {
  const named = (all: Series[], part: string) => all.filter(({ name }) => name.startsWith(part));
  const [rate] = named(rates, OURS) as [Series];
  const [p50] = named(p50s, OURS) as [Series];
  const [oneSecond] = named(p50s, POLLED) as [Series];
  const [polled] = named(rates, FAST_POLLED) as [Series];
  return [
    judge({
      goal: 'G8',
      what: 'jobs/s against pg-boss in its best mode',
      subject: rate,
      baseline: bestOf(named(rates, 'pg-boss'), 'higher'),
      limit: { atLeast: 1.5 },
    }),
    judge({
      goal: 'G8',
      what: 'jobs/s against graphile-worker in its best mode',
      subject: rate,
      baseline: bestOf(named(rates, 'graphile'), 'higher'),
      limit: { atLeast: 2.5 },
    }),
    judge({
      goal: 'G8',
      what: 'p50 at light load against graphile-worker',
      subject: p50,
      baseline: bestOf(named(p50s, 'graphile'), 'lower'),
      limit: { atMost: 1.1 },
    }),
    judge({ goal: 'G8', what: 'p50 at light load against a 1 s poll', subject: p50, baseline: oneSecond, limit: { atMost: 0.1 } }),
    judge({ goal: 'G10', what: 'jobs/s with the wake-up against a 50 ms poll', subject: rate, baseline: polled, limit: { atLeast: 0.9 } }),
  ];
}
