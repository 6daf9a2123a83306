import { BUILT_IN_MODEL, spaceOf } from '@cairn/models/catalogue';
import type { ApiClient } from '../../system/api-client.js';
import { until } from '../../system/wait.js';
import { qdrantOf } from '../qdrant-of.js';
import type { Stage } from '../stage.js';
import { must } from '../violation.js';
import { beginWhole, untilWhole } from './begin-whole.js';
import { leaveToQdrant } from './leave-to-qdrant.js';
import type { Scenario } from './scenario.js';

const TEXT = 'a text that outlives its space';
const SPACE = spaceOf(BUILT_IN_MODEL);

/** Qdrant lost a whole space, and the reconciler is about to write it back: a search is refused then, not answered with nothing. */
export const lostSpaceIsNotSearched: Scenario = async (stage) => {
  const client = stage.client();
  await beginWhole(stage);
  await stage.ensure('dispatcher', { CAIRN_FAULTS: 'R3:SIGSTOP' });
  await stage.done(client, await client.embed('outlives', 's', TEXT));
  await loseSpace(stage);
  await stage.landed('dispatcher', 'R3');
  const during = await search(client);
  must(during.status === 503, 'G6', `a search of a space that is not whole was answered ${during.status} with ${during.body.total} hits`);
  await findsAgain(stage, client);
};

/** The space is lost while a search is under way: its snapshot does not know of the loss, and its next round asks the space that is empty now. */
export const spaceIsLostDuringASearch: Scenario = async (stage) => {
  const client = stage.client();
  await beginWhole(stage);
  await stage.ensure('dispatcher', { CAIRN_FAULTS: 'R3:SIGSTOP' });
  await stage.done(client, await client.embed('outlives', 's', 'quite another text'));
  await leaveDeadPoints(stage, client);
  const lock = await stage.lock('vectors', 'ACCESS EXCLUSIVE');
  const searching = search(client, 1);
  await stage.waitsForLock('search');
  await stage.service('search').freeze(); // between its first round, which saw the dead points, and the second
  await lock.release();
  await loseSpace(stage);
  await stage.landed('dispatcher', 'R3');
  stage.service('search').thaw();
  const { status, body } = await searching;
  must(status === 503, 'G6', `a search during which its space was lost was answered ${status} with ${body.total} hits`);
  await findsAgain(stage, client);
};

/** The space is lost and written back while a job stands between writing its points and making them live. */
export const pointsOfALostSpaceAreMadeAgain: Scenario = async (stage) => {
  const client = stage.client();
  await beginWhole(stage, { RECONCILE_FULL_MS: '600000' });
  await stage.ensure('worker', { CAIRN_FAULTS: 'W7:SIGSTOP', LEASE_MS: '60000' });
  const jobId = await client.embed('outlives', 's', TEXT);
  await stage.landed('worker', 'W7');
  const lossesBefore = await lossesOf(stage);
  await loseSpace(stage);
  await until('the loss to be seen', async () => (await lossesOf(stage)) > lossesBefore);
  await untilWhole(stage);
  stage.service('worker').thaw();
  await stage.done(client, jobId);
  await leaveToQdrant(stage);
  const { body } = await search(client);
  must(body.total === 1, 'G5', `a text whose points were written before the space was lost is found ${body.total} times`);
};

async function lossesOf(stage: Stage): Promise<number> {
  const [row] = await stage.sql<{ losses: number }>('SELECT losses::int FROM spaces WHERE name = $1', [SPACE]);
  return row?.losses ?? 0;
}

async function loseSpace(stage: Stage): Promise<void> {
  const { spaces, close } = qdrantOf(stage.system);
  await spaces.dropSpace(SPACE).finally(close);
}

// Nearer to the question than what is live, so that a first round for one hit sees nothing else.
async function leaveDeadPoints(stage: Stage, client: ApiClient): Promise<void> {
  for (const segment of ['first', 'second']) {
    const { result } = await stage.done(client, await client.embed('dead', segment, TEXT));
    await client.ok('DELETE', `/vectors/${result?.point_id}`);
  }
}

async function findsAgain(stage: Stage, client: ApiClient): Promise<void> {
  stage.service('dispatcher').thaw();
  await stage.keeps('G6', 'the space to be whole again', async () => (await search(client)).status === 200);
  await leaveToQdrant(stage);
  const { body } = await search(client);
  must(body.total === 1, 'G6', `a text whose space was written back was found ${body.total} times`);
}

function search(client: ApiClient, limit?: number) {
  return client.call<{ total: number }>('POST', '/vectors/search', { query: TEXT, limit });
}
