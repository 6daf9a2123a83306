import type { ApiClient } from '../../system/api-client.js';
import type { Stage } from '../stage.js';
import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

const TEXT = 'the same words in two organisations';

/** Two organisations with the same assets and texts: each finds its own and cannot tell that the other is there. */
export const tenantsAreApart: Scenario = async (stage) => {
  const [one, two] = [stage.client(), stage.client()];
  const [mine, theirs] = [await embedded(stage, one), await embedded(stage, two)];
  for (const client of [one, two]) await findsOwnOnly(client);
  for (const path of [`/jobs/${theirs.jobId}`, `/vectors/${theirs.pointId}`]) {
    const answer = await one.call('GET', path);
    must(answer.status === 404, 'G11', `a foreign ${path.split('/')[1]} was answered ${answer.status}`);
  }
  await one.call('DELETE', `/vectors/${theirs.pointId}`);
  await two.ok('GET', `/vectors/${theirs.pointId}`).catch(() => must(false, 'G11', 'one organisation deleted the vector of another'));
  must(mine.pointId !== theirs.pointId, 'G11', 'two organisations share a point id');
};

async function embedded(stage: Stage, client: ApiClient): Promise<{ jobId: string; pointId: string }> {
  const job = await stage.done(client, await client.embed('shared', 's', TEXT));
  return { jobId: job.id, pointId: String(job.result?.point_id) };
}

async function findsOwnOnly(client: ApiClient): Promise<void> {
  const answer = await client.call<{ results: { payload: { org_id: string } }[] }>('POST', '/vectors/search', { query: TEXT, limit: 10 });
  must(answer.status === 200, 'G11', `with two organisations in one space a search is answered ${answer.status}: a foreign point reached the last wall`);
  const owners = answer.body.results.map((hit) => hit.payload.org_id);
  must(
    owners.every((owner) => owner === client.person.org),
    'G11',
    'a search found a vector of another organisation',
  );
  must(owners.length === 1, 'G11', `a search for the only text of the organisation had ${owners.length} hits`);
}
