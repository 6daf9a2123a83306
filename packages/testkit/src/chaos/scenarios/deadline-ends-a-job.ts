import type { Scenario } from './scenario.js';

/** A job that nobody can run does not wait for ever. */
export const deadlineEndsAJob: Scenario = async (stage) => {
  const client = stage.client();
  const job_id = await stage.withoutDispatcher(async () => {
    const accepted = await client.ok<{ job_id: string }>('POST', '/jobs', { type: 'mock_process' });
    await stage.sql(`UPDATE jobs SET deadline_at = clock_timestamp() WHERE id = $1`, [accepted.job_id]);
    return accepted.job_id;
  });
  await stage.keeps('G3', 'a job past its deadline to fail', async () => (await client.job(job_id)).status === 'failed');
};
