import { run } from 'graphile-worker';
import { runAsChild } from '../core/child-process.js';
import { type GraphileMode, TASK } from './graphile.system.js';
import { QUIET } from './graphile-quiet.js';
import { type BenchJob, Tally } from './job-system.js';

interface Settings {
  databaseUrl: string;
  mode: GraphileMode;
}

const CONCURRENT = 24;
const BATCHED = { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };

runAsChild<Settings>(async ({ databaseUrl, mode }) => {
  const tally = new Tally();
  const runner = await run({
    connectionString: databaseUrl,
    noHandleSignals: true,
    logger: QUIET,
    preset: { worker: { concurrentJobs: CONCURRENT, maxPoolSize: CONCURRENT + 2, ...(mode === 'local queue' ? BATCHED : {}) } },
    taskList: { [TASK]: async (payload) => tally.began(payload as BenchJob) },
  });
  runner.events.on('job:complete', () => tally.finished());
  return { answers: tally.answers(), stop: () => runner.stop() };
});
