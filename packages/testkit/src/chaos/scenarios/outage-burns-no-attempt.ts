import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

const NOWHERE = 'http://127.0.0.1:9';

/** Qdrant is away for the worker: the job waits, neither failed nor done nor one attempt poorer, and completes when Qdrant is back. */
export const outageBurnsNoAttempt: Scenario = async (stage) => {
  const client = stage.client();
  await stage.ensure('worker', { QDRANT_URL: NOWHERE, QDRANT_GRPC_URL: NOWHERE, ENABLE_QDRANT: 'false', DEPENDENCY_PATIENCE_MS: '0' });
  const { job_id } = await client.ok<{ job_id: string }>('POST', '/vectors/mock', { asset_id: 'outage', segment_id: 's' });
  await stage.keeps('G3', 'the worker to put the job back', async () => {
    const job = await client.job(job_id);
    must(job.status !== 'completed', 'G4', 'a job completed although its vector was not stored');
    must(job.status !== 'failed', 'G3', `a job failed because Qdrant was away: ${job.error}`);
    return job.attempts.some((attempt) => attempt.outcome === 'given_back');
  });
  const [row] = await stage.sql<{ spent: boolean }>(`SELECT attempts > CASE state WHEN 'running' THEN 1 ELSE 0 END AS spent FROM jobs WHERE id = $1`, [job_id]);
  must(row?.spent === false, 'G3', 'an outage of Qdrant was counted as an attempt');
  await stage.ensure('worker');
  await stage.keeps('G15', 'the job to complete when Qdrant is back', async () => (await client.job(job_id)).status === 'completed');
};
