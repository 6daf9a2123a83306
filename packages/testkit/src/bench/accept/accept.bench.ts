import { randomBytes } from 'node:crypto';
import { acceptJob, connectNats, createDataSource, Database, Hints, newId, type OrgId, Subjects, scopeOfPrincipal } from '@cairn/common';
import { createTestDatabase, type TestDatabase } from '../../system/test-database.js';
import { natsUrlOf } from '../../system/test-system.js';
import type { Bench, BenchContext, BenchResult } from '../core/bench.js';
import { number, percent, times } from '../core/format.js';
import { type GoalResult, judge, type Series } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { median, pairedRatio, spread } from '../core/statistics.js';
import { acceptInPieces } from './accept-in-pieces.js';

const FULL = { rounds: 5, jobs: 6_000 };
const QUICK = { rounds: 3, jobs: 1_500 };
const CONNECTIONS = [8, 32];
const ONE = 'one statement (Cairn)';
const WAKING = 'one statement and the wake-up (Cairn)';
const PIECES = 'BEGIN, 3 inserts, COMMIT';

interface Contestant {
  name: string;
  database: Database;
  accept(jobKey: string): Promise<unknown>;
}

const SCOPE = scopeOfPrincipal({ orgId: newId<OrgId>(), actor: 'user:bench' });
const jobOf = (jobKey: string) => ({ type: 'mock_process', jobKey, payload: {}, maxAttempts: 3 }) as const;

export const ACCEPT: Bench = {
  name: 'accept',
  title: 'Accepting a job: job, event and outbox row in one transaction',
  run: async (context) => {
    const size = context.quick ? QUICK : FULL;
    const found: { connections: number; series: Series[] }[] = [];
    for (const connections of CONNECTIONS) found.push({ connections, series: await measureWith(context, connections, size) });
    return resultOf(found, size);
  },
};

async function measureWith(context: BenchContext, connections: number, size: typeof FULL): Promise<Series[]> {
  const database = await createTestDatabase(context.stack.postgres);
  const source = await createDataSource({ url: database.urls.appUrl, applicationName: 'bench-accept', poolSize: connections }).initialize();
  const nats = await connectNats({ urls: [natsUrlOf(context.stack)], replicas: 1 }, 'bench-accept');
  const hints = new Hints(() => nats, new Subjects(`b${randomBytes(4).toString('hex')}`));
  const contestants = contestantsOf(new Database(source), hints);
  const rates = await interleave(contestants, size.rounds, (one, round) => measure(context, one, { database, connections, jobs: size.jobs, round }));
  await nats.close();
  await source.destroy();
  await database.close();
  return [...rates].map(([name, rounds]) => ({ name, rounds }));
}

function contestantsOf(database: Database, hints: Hints): Contestant[] {
  const waking = async (jobKey: string) => {
    await acceptJob(database, SCOPE, jobOf(jobKey));
    hints.wakeDispatcher();
    hints.announceEvents(SCOPE.orgId);
  };
  return [
    { name: ONE, database, accept: (jobKey) => acceptJob(database, SCOPE, jobOf(jobKey)) },
    { name: WAKING, database, accept: waking },
    { name: PIECES, database, accept: (jobKey) => acceptInPieces(database, SCOPE, jobOf(jobKey)) },
  ];
}

interface Load {
  database: TestDatabase;
  connections: number;
  jobs: number;
  round: number;
}

// Every round begins with empty tables, so that nobody inserts into larger indexes than another.
async function measure(context: BenchContext, { name, accept }: Contestant, { database, connections, jobs, round }: Load): Promise<number> {
  await database.sql('TRUNCATE jobs, job_events, outbox');
  let left = jobs;
  const lane = async () => {
    while (left-- > 0) await accept(newId());
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: connections }, lane));
  const perSecond = jobs / ((performance.now() - startedAt) / 1_000);
  context.log(`round ${round}  ${connections} connections, ${name}: ${number(perSecond)} jobs/s`);
  return perSecond;
}

function resultOf(found: { connections: number; series: Series[] }[], size: typeof FULL): BenchResult {
  return {
    scenario: `${number(size.jobs)} jobs accepted by one process with as many in flight as it has connections, as the role that row-level security applies to. ${size.rounds} rounds, each with empty tables.`,
    tables: found.map(({ connections, series }) => ({
      title: `${connections} connections`,
      columns: ['form', 'jobs/s', 'spread', 'against it, one statement is'],
      rows: series.map((one) => [
        one.name,
        number(median(one.rounds)),
        percent(spread(one.rounds)),
        times(pairedRatio((series[0] as Series).rounds, one.rounds)),
      ]),
    })),
    goals: found.flatMap(goalsOf),
    notes: [],
    raw: found,
  };
}

function goalsOf({ connections, series }: { connections: number; series: Series[] }): GoalResult[] {
  const [one, waking, pieces] = series as [Series, Series, Series];
  return [
    judge({ goal: 'G10', what: `jobs/s in one statement, ${connections} connections`, subject: one, baseline: pieces, limit: { atLeast: 2 } }),
    judge({ goal: 'G10', what: `jobs/s with the wake-up, ${connections} connections`, subject: waking, baseline: one, limit: { atLeast: 0.9 } }),
  ];
}
