import type { Scenario } from './scenario.js';

/** A worker dies with a job in its hands and the broker loses the bell: only the sweeper knows, and it is enough. */
export const deadWorkerIsReplaced: Scenario = async (stage) => {
  const client = stage.client();
  await stage.ensure('worker', { CAIRN_FAULTS: 'W2:SIGKILL', LEASE_MS: '600' });
  const { job_id } = await client.ok<{ job_id: string }>('POST', '/jobs', { type: 'mock_process' });
  await stage.landed('worker', 'W2');
  await (await stage.jetstream()).streams.purge(stage.subjects.jobStream);
  await stage.ensure('worker');
  await stage.keeps('G3', 'a job whose worker died and whose bell is lost to complete', async () => (await client.job(job_id)).status === 'completed');
};
