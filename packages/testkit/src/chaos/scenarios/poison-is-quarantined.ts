import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

/** A job that kills its worker in its last attempt ends in quarantine, without anybody's catch. */
export const poisonIsQuarantined: Scenario = async (stage) => {
  const client = stage.client();
  await stage.ensure('worker', { CAIRN_FAULTS: 'W2:SIGKILL', LEASE_MS: '600' });
  const job_id = await stage.withoutDispatcher(async () => {
    const accepted = await client.ok<{ job_id: string }>('POST', '/jobs', { type: 'mock_process' });
    await stage.sql('UPDATE jobs SET max_attempts = 1 WHERE id = $1', [accepted.job_id]);
    return accepted.job_id;
  });
  await stage.landed('worker', 'W2');
  await stage.keeps('G14', 'a job that killed its worker in its last attempt to be quarantined', async () => {
    const job = await client.job(job_id);
    must(job.raw_status !== 'queued' || job.events.length < 3, 'G14', 'a job that killed its worker in its last attempt was queued again');
    return job.raw_status === 'quarantined';
  });
};
