import { type JobId, LeaseRepository, type OrgId } from '@cairn/common';
import { until } from '../../system/wait.js';
import type { Stage } from '../stage.js';
import { StagedCollection } from '../staged-collection.js';
import { must } from '../violation.js';
import { documentsAgree } from './documents-agree.js';
import type { Scenario } from './scenario.js';

interface Traces {
  manifests: number;
  parts: number;
  texts: number;
}

/** A worker is paused past its lease in the middle of a document, and another holds the job when it wakes up: it leaves nothing at all. */
function lateWorker(point: 'W3' | 'W7'): Scenario {
  return async (stage) => {
    await stage.ensure('worker');
    const collection = await StagedCollection.open(stage);
    await stage.ensure('worker', { CAIRN_FAULTS: `${point}:SIGSTOP`, LEASE_MS: '600' });
    const { operation_id, documents } = await collection.post({ late: 'a text that comes too late' });
    await stage.landed('worker', point);
    const documentId = documents[0]?.id as string;
    const [job] = await collection.jobsOf(documentId);
    const jobId = job?.id as string;
    await takeOver(stage, { orgId: collection.client.person.org as OrgId, jobId: jobId as JobId });
    const before = await look(stage, documentId, jobId);
    stage.service('worker').thaw();
    await until('the woken worker to be through', async () =>
      stage
        .service('worker')
        .log()
        .split('\n')
        .some((line) => line.includes(jobId) && line.includes('job attempt ended')),
    );
    const after = await look(stage, documentId, jobId);
    must(after.manifests === 0, 'G8', 'a worker that was paused past its lease made a document live');
    must(after.texts === before.texts && after.parts === before.parts, 'G8', 'a worker that was paused past its lease put down parts of a document');
    await stage.sql('UPDATE jobs SET lease_until = clock_timestamp() WHERE id = $1', [jobId]);
    await collection.done(operation_id);
    await documentsAgree(stage, collection.client.person.org, 'G8');
  };
}

// The test plays the second worker.
async function takeOver(stage: Stage, bell: { orgId: OrgId; jobId: JobId }): Promise<void> {
  const database = await stage.system.database.as('worker');
  const leases = new LeaseRepository(database, { leaseMs: 60_000, worker: 'the second worker' });
  await until('the lease of the paused worker to run out', async () => (await leases.take([bell])).length === 1);
}

async function look(stage: Stage, documentId: string, jobId: string): Promise<Traces> {
  const [row] = await stage.sql<Traces>(
    `SELECT (SELECT count(*)::int FROM manifests WHERE document_id = $1) AS manifests, (SELECT count(*)::int FROM vectors WHERE asset_id = $1::text) AS parts,
      (SELECT count(*)::int FROM job_inputs WHERE job_id = $2) AS texts`,
    [documentId, jobId],
  );
  return row as Traces;
}

export const lateWorkerStagesNothing = lateWorker('W3');
export const lateWorkerIndexesNothing = lateWorker('W7');
