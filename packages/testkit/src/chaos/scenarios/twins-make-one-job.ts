import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

const TWINS = 20;

/** The same text and the same job, sent many times at once, are one job each. */
export const twinsMakeOneJob: Scenario = async (stage) => {
  const client = stage.client();
  const twins = <T>(send: () => Promise<T>) => Promise.all(Array.from({ length: TWINS }, send));
  const [embeds, starts] = await stage.withoutDispatcher(async () => [
    await twins(() => client.embed('twin', 's', 'twenty times the same')),
    await twins(async () => (await client.ok<{ job_id: string }>('POST', '/jobs', { type: 'mock_process' })).job_id),
  ]);
  must(new Set(embeds).size === 1, 'G2', `${TWINS} equal texts were answered with ${new Set(embeds).size} jobs`);
  must(new Set(starts).size === 1, 'G2', `${TWINS} equal jobs were answered with ${new Set(starts).size} jobs`);
  for (const id of [embeds[0], starts[0]]) await stage.done(client, id as string);
  const { jobs } = await client.ok<{ jobs: unknown[] }>('GET', '/jobs');
  must(jobs.length === 2, 'G2', `two requests, each sent ${TWINS} times, made ${jobs.length} jobs`);
};
