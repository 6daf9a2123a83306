import { until } from '../../system/wait.js';
import type { Stage } from '../stage.js';
import type { Scenario } from './scenario.js';

/** The broker acknowledged a bell and lost it. It remembers the message id, so only a new one gets through. */
export const lostBellIsRungAgain: Scenario = (stage) => loseBells(stage, async (jetstream, stream) => void (await jetstream.streams.purge(stream)));

/** The broker lost its whole store: the stream is made again and every bell that was in it is rung again. */
export const lostStreamIsRungAgain: Scenario = (stage) => loseBells(stage, async (jetstream, stream) => void (await jetstream.streams.delete(stream)));

type Loss = (jetstream: Awaited<ReturnType<Stage['jetstream']>>, stream: string) => Promise<void>;

async function loseBells(stage: Stage, lose: Loss): Promise<void> {
  const client = stage.client();
  await stage.ensure('dispatcher');
  await stage.service('worker').kill();
  const { job_id } = await client.ok<{ job_id: string }>('POST', '/jobs', { type: 'mock_process' });
  const jetstream = await stage.jetstream();
  const stream = stage.subjects.jobStream;
  await until('the bell to be with the broker', async () => (await jetstream.streams.info(stream)).state.messages > 0);
  await until(
    'the dispatcher to know that',
    async () => (await stage.sql('SELECT 1 FROM outbox WHERE job_id = $1 AND published_at IS NULL', [job_id])).length === 0,
  );
  await lose(jetstream, stream);
  const isBack = () => jetstream.streams.info(stream).then(({ state }) => state.messages > 0);
  await stage.keeps('G15', 'a bell that the broker lost to be rung again', isBack);
  await stage.ensure('worker');
  await stage.keeps('G15', 'a job whose bell the broker lost to complete', async () => (await client.job(job_id)).status === 'completed');
}
