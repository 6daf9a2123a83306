import { until } from '../../system/wait.js';
import type { JobSystem } from './job-system.js';

/** Gives so many jobs with some in flight, and answers jobs per second from the first to the last one done. */
export async function floodWith(system: JobSystem, jobs: number, inFlight: number): Promise<number> {
  const startedAt = performance.now();
  const handled = system.handled(jobs);
  let left = jobs;
  const produce = async () => {
    while (left-- > 0) await system.enqueue({ since: '' });
  };
  await Promise.all(Array.from({ length: inFlight }, produce));
  await handled;
  await until('every job to be done', async () => (await system.unfinished()) === 0);
  return jobs / ((performance.now() - startedAt) / 1_000);
}

/** Gives jobs at an even pace, whether or not the earlier ones are done. */
export async function trickle(system: JobSystem, { perSecond, forMs }: { perSecond: number; forMs: number }): Promise<void> {
  const jobs = Math.round((perSecond * forMs) / 1_000);
  const handled = system.handled(jobs);
  const given: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let number = 0; number < jobs; number++) {
    const waitMs = startedAt + (number * 1_000) / perSecond - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    given.push(system.enqueue({ since: String(process.hrtime.bigint()) }));
  }
  await Promise.all(given);
  await handled;
}
