import { type JobId, LeaseRepository, type OrgId } from '@cairn/common';
import { until } from '../../system/wait.js';
import type { Stage } from '../stage.js';
import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

interface Held {
  state: string;
  token: string;
  events: number;
  live: number;
}

/** A worker is paused past its lease at `point`; another one holds the job when it wakes up. Nothing it does may change anything. */
function zombie(point: 'W2' | 'W7', path: string, body: object): Scenario {
  return async (stage) => {
    const client = stage.client();
    await stage.ensure('worker', { CAIRN_FAULTS: `${point}:SIGSTOP`, LEASE_MS: '600' });
    const { job_id } = await client.ok<{ job_id: string }>('POST', path, body);
    await stage.landed('worker', point);
    const bell = { orgId: client.person.org as OrgId, jobId: job_id as JobId };
    await takeOver(stage, bell);
    const before = await look(stage, job_id);
    stage.service('worker').thaw();
    await until('the woken worker to be through with the job', async () => hasEnded(stage, job_id) || (await look(stage, job_id)).state !== 'running');
    const after = await look(stage, job_id);
    must(after.live === 0, 'G8', 'a worker that was paused past its lease made its vector live');
    must(after.token === before.token && after.state === 'running', 'G8', `a worker that was paused past its lease ended the job of another (${after.state})`);
    must(after.events === before.events, 'G8', 'a worker that was paused past its lease reported progress on the job of another');
    await stage.sql('UPDATE jobs SET lease_until = clock_timestamp() WHERE id = $1', [job_id]);
    await stage.keeps('G3', 'the job to end after its second holder gave up too', async () => (await client.job(job_id)).status === 'completed');
  };
}

// The test plays the second worker, with the worker's own way of taking a lease.
async function takeOver(stage: Stage, bell: { orgId: OrgId; jobId: JobId }): Promise<void> {
  const database = await stage.system.database.as('worker');
  const leases = new LeaseRepository(database, { leaseMs: 60_000, worker: 'the second worker' });
  await until('the lease of the paused worker to run out', async () => (await leases.take([bell])).length === 1);
}

function hasEnded(stage: Stage, jobId: string): boolean {
  const lines = stage.service('worker').log().split('\n');
  return lines.some((line) => line.includes(`"jobId":"${jobId}"`) && line.includes('job attempt ended'));
}

async function look(stage: Stage, jobId: string): Promise<Held> {
  const [row] = await stage.sql<Held>(
    `SELECT state, lease_token AS token, event_seq AS events, (SELECT count(*)::int FROM vectors v WHERE v.org_id = j.org_id AND v.live_token IS NOT NULL) AS live FROM jobs j WHERE id = $1`,
    [jobId],
  );
  return row as Held;
}

export const zombieReportsNothing = zombie('W2', '/jobs', { type: 'mock_process' });
export const zombieActivatesNothing = zombie('W7', '/vectors/mock', { asset_id: 'zombie', segment_id: 's' });
