import { randomUUID } from 'node:crypto';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { until } from '../../system/wait.js';
import type { Stage } from '../stage.js';
import { must } from '../violation.js';
import { holdAtInputs } from './hold-at-inputs.js';
import type { Scenario } from './scenario.js';

const COPIES = 5;

/** The bell of a running job comes five times more: nobody takes the job from its holder, and it is done once. */
export const duplicateBellsStealNothing: Scenario = async (stage) => {
  const client = stage.client();
  const send = async () => (await client.ok<{ job_id: string }>('POST', '/vectors/mock', { asset_id: 'copies', segment_id: 's' })).job_id;
  const { jobId, release } = await holdAtInputs(stage, send);
  await ringCopies(stage, { org_id: client.person.org, job_id: jobId });
  await release();
  const job = await stage.done(client, jobId);
  must(job.attempts.length === 1, 'G4', `a bell that came ${COPIES + 1} times made ${job.attempts.length} attempts`);
  const ends = job.events.filter((event) => event.status === 'completed').length;
  must(ends === 1, 'G10', `a job that was rung ${COPIES + 1} times ended ${ends} times`);
};

/** Resolves when every copy was looked at: only the first bell is still in a worker's hands. */
async function ringCopies(stage: Stage, bell: { org_id: string; job_id: string }): Promise<void> {
  const { url, user, password } = stage.system.stack.nats;
  const connection = await connect({ servers: [new URL(url).host], user, pass: password });
  for (let copy = 0; copy < COPIES; copy++) {
    const ack = await jetstream(connection).publish(stage.subjects.job('interactive', 'mock_embedding'), JSON.stringify(bell), { msgID: randomUUID() });
    if (ack.duplicate) throw new Error('a copy with a new id was swallowed by the broker');
  }
  await connection.close();
  const manager = await stage.jetstream();
  await until('the copies to be answered', async () => {
    const [row] = await stage.sql<{ attempts: number }>('SELECT attempts FROM jobs WHERE id = $1', [bell.job_id]);
    must((row?.attempts ?? 0) <= 1, 'G4', 'a bell that came again took the job from the worker that held it');
    return (await manager.streams.info(stage.subjects.jobStream)).state.messages <= 1;
  });
}
