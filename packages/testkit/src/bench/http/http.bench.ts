import { devToken, newPerson } from '../../system/api-client.js';
import { createTestDatabase } from '../../system/test-database.js';
import type { Bench, BenchContext, BenchResult } from '../core/bench.js';
import { Child } from '../core/child.js';
import { number, percent, times } from '../core/format.js';
import { judge, type Series } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { cpuSecondsOf } from '../core/process-cpu.js';
import { median, pairedRatio, spread } from '../core/statistics.js';
import { MESSAGE } from './message.dto.js';
import { flood } from './request-flood.js';

const FULL = { rounds: 5, requests: 30_000 };
const QUICK = { rounds: 3, requests: 6_000 };
const CONNECTIONS = 32;
const BARE = 'node:http, checks by hand';
const SHELL = 'Cairn shell';
const GUARDED = 'Cairn shell with tokens verified';
const EXPRESS = 'Nest, Express, class-validator';

interface Contestant {
  name: string;
  child: Child;
  port: number;
  headers: Record<string, string>;
}

interface Round {
  perSecond: number;
  /** What one core could serve: requests per second of the server's own CPU time. */
  perCoreSecond: number;
}

export const HTTP: Bench = {
  name: 'http',
  title: 'HTTP: a validated POST',
  run: async (context) => {
    const size = context.quick ? QUICK : FULL;
    const database = await createTestDatabase(context.stack.postgres);
    const contestants = await Promise.all([
      started(BARE, './bare.process.js', {}),
      started(SHELL, './shell.process.js', {}),
      started(GUARDED, './shell.process.js', { databaseUrl: database.urls.appUrl }, { authorization: `Bearer ${devToken(newPerson())}` }),
      started(EXPRESS, './express.process.js', {}),
    ]);
    const results = await interleave(contestants, size.rounds, (one, round) => measure(context, one, size.requests, round));
    await Promise.all(contestants.map(({ child }) => child.stop()));
    await database.close();
    return resultOf(results, size);
  },
};

async function started(name: string, file: string, settings: Record<string, unknown>, headers: Record<string, string> = {}): Promise<Contestant> {
  const child = await Child.start(new URL(file, import.meta.url), settings);
  const { port } = await child.ask({ kind: 'port' }, 'port');
  return { name, child, port: port as number, headers };
}

async function measure(context: BenchContext, { name, child, port, headers }: Contestant, requests: number, round: number): Promise<Round> {
  const before = cpuSecondsOf(child.pid);
  const ms = await flood({ port, connections: CONNECTIONS, requests, body: MESSAGE, headers });
  const result = { perSecond: requests / (ms / 1_000), perCoreSecond: requests / (cpuSecondsOf(child.pid) - before) };
  context.log(`round ${round}  ${name}: ${number(result.perSecond)} requests/s, ${number(result.perCoreSecond)} per second of its own CPU`);
  return result;
}

function resultOf(results: Map<string, Round[]>, size: typeof FULL): BenchResult {
  const series = (pick: (round: Round) => number): Series[] => [...results].map(([name, rounds]) => ({ name, rounds: rounds.map(pick) }));
  const [rates, costs] = [series(({ perSecond }) => perSecond), series(({ perCoreSecond }) => perCoreSecond)];
  const named = (name: string) => costs.find((one) => one.name === name) as Series;
  const goal = (what: string, subject: string, baseline: string, atLeast: number) =>
    judge({ goal: 'G11', what, subject: named(subject), baseline: named(baseline), limit: { atLeast } });
  return {
    scenario: `A POST of ${JSON.stringify(MESSAGE).length} bytes with a nested object and a list, ${number(size.requests)} times over ${CONNECTIONS} connections, one server process each. Ratios are of requests per second of the server's own CPU time, which the load generator on the other core does not blur. ${size.rounds} rounds.`,
    tables: [
      {
        title: 'Requests',
        columns: ['server', 'requests/s', 'requests per CPU second', 'spread', 'against it, the shell is'],
        rows: costs.map((one, at) => [
          one.name,
          number(median((rates[at] as Series).rounds)),
          number(median(one.rounds)),
          percent(spread(one.rounds)),
          times(pairedRatio(named(SHELL).rounds, one.rounds)),
        ]),
      },
    ],
    goals: [
      goal('requests of the shell', SHELL, BARE, 0.55),
      goal('requests of the shell with tokens verified', GUARDED, BARE, 0.55),
      goal('requests of the shell', SHELL, EXPRESS, 4),
    ],
    notes: [
      'The shell writes a log line, counts and times every request, and gives it a correlation id; node:http and Nest with Express do none of that here.',
    ],
    raw: Object.fromEntries(results),
  };
}
