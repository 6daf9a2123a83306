import { BUILT_IN_MODEL, spaceOf } from '@cairn/models/catalogue';
import type { ApiClient } from '../../system/api-client.js';
import { qdrantOf } from '../qdrant-of.js';
import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

const TEXT = 'a text that outlives its space';

/** Qdrant lost a whole space, and the reconciler is about to write it back: a search is refused then, not answered with nothing. */
export const lostSpaceIsNotSearched: Scenario = async (stage) => {
  const client = stage.client();
  await stage.ensure('dispatcher', { CAIRN_FAULTS: 'R3:SIGSTOP' });
  await stage.done(client, await client.embed('outlives', 's', TEXT));
  const { spaces, close } = qdrantOf(stage.system);
  await spaces.dropSpace(spaceOf(BUILT_IN_MODEL)).finally(close);
  await stage.landed('dispatcher', 'R3');
  const during = await search(client);
  must(during.status === 503, 'G6', `a search of a space that is not whole was answered ${during.status} with ${during.body.total} hits`);
  stage.service('dispatcher').thaw();
  await stage.keeps('G6', 'the space to be whole again', async () => (await search(client)).status === 200);
  const after = await search(client);
  must(after.body.total === 1, 'G6', `a text whose space was written back was found ${after.body.total} times`);
};

function search(client: ApiClient) {
  return client.call<{ total: number }>('POST', '/vectors/search', { query: TEXT });
}
