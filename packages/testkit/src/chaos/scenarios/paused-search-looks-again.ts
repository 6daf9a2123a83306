import { AHEAD_COUNTS_MS, pause } from '@cairn/common';
import { until } from '../../system/wait.js';
import { must } from '../violation.js';
import { beginWhole } from './begin-whole.js';
import { leaveToQdrant } from './leave-to-qdrant.js';
import type { Scenario } from './scenario.js';

/**
 * A search is paused between Qdrant, which named the candidates, and Postgres, which judges them. Meanwhile the text is replaced, and Qdrant known to find
 * the new one: the search finds it too, not nothing.
 */
export const pausedSearchLooksAgain: Scenario = async (stage) => {
  const client = stage.client();
  await beginWhole(stage);
  await stage.ensure('search', { CAIRN_FAULTS: 'S1:SIGSTOP' });
  const search = () => client.call<{ total: number }>('POST', '/vectors/search', { query: 'a walk before the rain' });
  await stage.done(client, await client.embed('paused', 's', 'before the rain'));
  await until('a first answer', async () => (await search()).body.total === 1); // Qdrant is asked ahead where it is known how the space was
  const searching = search();
  await stage.landed('search', 'S1');
  await stage.done(client, await client.embed('paused', 's', 'after the rain'));
  await leaveToQdrant(stage);
  await pause(AHEAD_COUNTS_MS);
  stage.service('search').thaw();
  const { status, body } = await searching;
  must(status === 200 && body.total === 1, 'G6', `a search that was paused while its text was replaced was answered ${status} with ${body.total} hits`);
};
