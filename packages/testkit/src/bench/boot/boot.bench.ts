import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { SERVERS, type ServerName, startStack } from '@cairn/stack';
import { createTestDatabase } from '../../system/test-database.js';
import type { Bench, BenchContext, BenchResult } from '../core/bench.js';
import { number, percent, times } from '../core/format.js';
import { judge, type Series } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { median, pairedRatio, spread } from '../core/statistics.js';
import { bootServices } from './boot-services.js';

const FULL = { rounds: 5 };
const QUICK = { rounds: 3 };
const ALL = 'all three together';
const BARE = 'a bare Nest app on Fastify';
const SYSTEM = 'servers, then four services';

/** Something that starts, and is stopped off the clock. */
interface Contestant {
  name: string;
  boot(): Promise<() => Promise<void>>;
}

export const BOOT: Bench = {
  name: 'boot',
  title: 'Boot: from nothing to ready',
  run: async (context) => {
    const size = context.quick ? QUICK : FULL;
    await context.stack.stop(); // every start here is our own
    const [{ home, database }, { home: aloneHome }] = [await usedHome(), await usedHome()];
    const contestants = [
      ...SERVERS.map((name) => ({ name: `${name} alone`, boot: () => bootServers([name], aloneHome) })),
      { name: ALL, boot: () => bootServers(SERVERS, home) },
      ...SERVERS.map((name) => ({ name: `${name} alone, empty`, boot: () => bootServers([name]) })),
      { name: `${ALL}, empty`, boot: () => bootServers(SERVERS) },
      { name: BARE, boot: bootBareNest },
      { name: SYSTEM, boot: () => bootSystem(home, database) },
    ];
    const results = await interleave(contestants, size.rounds, (one, round) => measure(context, one, round));
    for (const folder of [home, aloneHome]) rmSync(folder, { recursive: true, force: true });
    return resultOf(
      [...results].map(([name, rounds]) => ({ name, rounds })),
      size,
    );
  },
};

/** A home whose servers have run before, with a migrated database. */
async function usedHome(): Promise<{ home: string; database: string }> {
  const home = mkdtempSync('/tmp/cairn-boot-');
  chmodSync(home, 0o711); // the servers run as another user when we are root
  const stack = await startStack({ home });
  const { name } = await createTestDatabase(stack.postgres);
  await (await bootServices(stack, name))();
  await stack.stop();
  return { home, database: name };
}

async function bootServers(servers: readonly ServerName[], home?: string): Promise<() => Promise<void>> {
  const stack = await startStack({ servers, ...(home ? { home } : {}) });
  return () => stack.stop();
}

async function bootBareNest(): Promise<() => Promise<void>> {
  const child = fork(new URL('./bare-nest.process.js', import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await once(child, 'message');
  return async () => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
}

async function bootSystem(home: string, database: string): Promise<() => Promise<void>> {
  const stack = await startStack({ home });
  const stopServices = await bootServices(stack, database);
  return async () => {
    await stopServices();
    await stack.stop();
  };
}

async function measure(context: BenchContext, { name, boot }: Contestant, round: number): Promise<number> {
  const startedAt = performance.now();
  const stop = await boot();
  const ms = performance.now() - startedAt;
  await stop();
  context.log(`round ${round}  ${name}: ${number(ms)} ms`);
  return ms;
}

function resultOf(series: Series[], size: typeof FULL): BenchResult {
  const named = (name: string) => series.find((one) => one.name === name) as Series;
  const slowest = (suffix: string) => SERVERS.map((name) => named(`${name} alone${suffix}`)).sort((a, b) => median(b.rounds) - median(a.rounds))[0] as Series;
  const all = named(ALL);
  const goal = (what: string, subject: Series, baseline: Series, atMost: number) => judge({ goal: 'G12', what, subject, baseline, limit: { atMost } });
  return {
    scenario: `From the call to the moment everything answers, ${size.rounds} starts each. "Empty" begins without data: initdb, roles, a database. Services: api, search, dispatcher and worker started together on data of an earlier run, until each says it is ready (the worker with its model loaded).`,
    tables: [
      {
        title: 'Milliseconds until ready',
        columns: ['what', 'ms', 'spread', 'against all three servers'],
        rows: series.map((one) => [one.name, number(median(one.rounds)), percent(spread(one.rounds)), times(pairedRatio(one.rounds, all.rounds))]),
      },
    ],
    goals: [
      goal('three servers with data against the slowest alone', all, slowest(''), 1.5),
      goal('three servers, empty, against the slowest alone', named(`${ALL}, empty`), slowest(', empty'), 1.5),
      goal('servers and services against a bare Nest app', named(SYSTEM), named(BARE), 1.3),
      goal('first start of the servers against a later one', named(`${ALL}, empty`), all, 2),
    ],
    notes: [],
    raw: series,
  };
}
