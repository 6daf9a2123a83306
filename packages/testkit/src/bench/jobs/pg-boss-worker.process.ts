import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, PgBoss } from 'pg-boss';
import { runAsChild } from '../core/child-process.js';
import { type BenchJob, Tally } from './job-system.js';
import { type PgBossMode, QUEUE } from './pg-boss.system.js';

interface Settings {
  databaseUrl: string;
  mode: PgBossMode;
}

const BATCH = 500;
// One loop: two take each other's rows out of the batch and were slower here.
const LOOPS = 1;
const EMPTY_WAIT_MS = 2;

runAsChild<Settings>(async ({ databaseUrl, mode }) => {
  const tally = new Tally();
  const boss = new PgBoss({ connectionString: databaseUrl, max: 10, supervise: false, schedule: false, useListenNotify: mode !== 'fetch loop' });
  boss.on('error', () => undefined);
  await boss.start();
  const stopping = new AbortController();
  const loops = mode === 'fetch loop' ? Array.from({ length: LOOPS }, () => fetchLoop(boss, tally, stopping.signal)) : [];
  if (mode !== 'fetch loop') await workByPolling(boss, tally);
  const stop = async () => {
    stopping.abort();
    await Promise.all(loops);
    await boss.stop({ graceful: false });
  };
  return { answers: tally.answers(), stop };
});

/** pg-boss' fastest mode: no polling interval at all. */
async function fetchLoop(boss: PgBoss, tally: Tally, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const jobs = await boss.fetch<BenchJob>(QUEUE, { batchSize: BATCH });
    if (jobs.length === 0) await sleep(EMPTY_WAIT_MS);
    else await finish(boss, tally, jobs);
  }
}

async function finish(boss: PgBoss, tally: Tally, jobs: Job<BenchJob>[]): Promise<void> {
  for (const job of jobs) tally.began(job.data);
  await boss.complete(
    QUEUE,
    jobs.map(({ id }) => id),
  );
  tally.finished(jobs.length);
}

async function workByPolling(boss: PgBoss, tally: Tally): Promise<void> {
  await boss.work<BenchJob>(
    QUEUE,
    { batchSize: BATCH, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true, localConcurrency: 4 },
    async (jobs: Job<BenchJob>[]) => {
      for (const job of jobs) tally.began(job.data);
      setImmediate(() => tally.finished(jobs.length)); // completed after this handler; what counts is `unfinished`
    },
  );
}
