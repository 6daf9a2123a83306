import { until } from '../../system/wait.js';
import type { Stage } from '../stage.js';
import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

/** The api dies between the effect of a request and the record of its answer; the retry takes effect, and it alone. */
export const keyedRequestTakesEffectOnce: Scenario = async (stage) => {
  const client = stage.client();
  const send = () => client.call<{ job_id: string }>('POST', '/jobs', { type: 'mock_process' }, { 'Idempotency-Key': 'only-once' });
  await client.ok('GET', '/jobs');
  const lock = await stage.lock('idempotency_keys', 'SHARE');
  const lost = send().catch(() => undefined);
  await stage.waitsForLock('api');
  await stage.service('api').kill();
  await lost;
  await lock.release();
  await stage.ensure('api');
  await nothingRuns(stage, client.person.org);
  const answer = await until('the retry to be answered', async () => {
    const reply = await send();
    return reply.status === 200 && reply.body;
  });
  await stage.done(client, answer.job_id);
  const repeat = await send();
  must(repeat.body.job_id === answer.job_id, 'G2', 'a repeat with the same Idempotency-Key got another answer');
  const { jobs } = await client.ok<{ jobs: unknown[] }>('GET', '/jobs');
  must(jobs.length === 1, 'G2', `one request with an Idempotency-Key made ${jobs.length} jobs`);
};

// A connection that the api left behind ends by itself, and what it may have started runs to its end.
async function nothingRuns(stage: Stage, orgId: string): Promise<void> {
  await until('the lost request to be over', async () => {
    const open = await stage.sql(`SELECT 1 FROM jobs WHERE org_id = $1 AND state IN ('queued', 'running')`, [orgId]);
    const busy = await stage.sql(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'cairn-api' AND state <> 'idle'`);
    return open.length + busy.length === 0;
  });
}
