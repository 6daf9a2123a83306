import type { Stage } from '../stage.js';

/**
 * A worker leases the job that `submit` makes and is kept waiting before it reads the job's texts, until `release` is called.
 * Its lease goes on being renewed meanwhile.
 */
export async function holdAtInputs(stage: Stage, submit: () => Promise<string>): Promise<{ jobId: string; release(): Promise<void> }> {
  await stage.ensure('worker');
  const held = await stage.withoutDispatcher(async () => ({ jobId: await submit(), lock: await stage.lock('job_inputs', 'ACCESS EXCLUSIVE') }));
  await stage.waitsForLock('worker');
  return { jobId: held.jobId, release: held.lock.release };
}
