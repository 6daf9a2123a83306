import { StagedCollection } from '../staged-collection.js';
import { must } from '../violation.js';
import { documentsAgree } from './documents-agree.js';
import type { Scenario } from './scenario.js';

/** Somebody cancels the very job that would have switched: the old index goes on serving, and the collection can be reindexed again. */
export const failedReindexMakesRoom: Scenario = async (stage) => {
  await stage.ensure('worker');
  const collection = await StagedCollection.open(stage);
  await collection.add('one', 'the only page');
  await stage.ensure('worker', { CAIRN_FAULTS: 'W7:SIGSTOP@2', LEASE_MS: '60000' });
  const first = await collection.reindex({ force: true });
  await stage.landed('worker', 'W7');
  const [finish] = await stage.sql<{ id: string }>(`SELECT id FROM jobs WHERE type = 'finish_reindex' AND org_id = $1`, [collection.client.person.org]);
  await collection.client.ok('DELETE', `/jobs/${finish?.id}`);
  stage.service('worker').thaw();
  must((await collection.ended(first)).status === 'failed', 'G3', 'a reindexing whose switch was cancelled did not fail');
  must((await collection.texts('the only page')).length === 1, 'G6', 'after a reindexing that failed nothing is found');
  const again = await collection.client.call<{ id: string }>('POST', `/api/v2/collections/${collection.id}/reindex`, { force: true });
  must(again.status === 202, 'G3', `after a reindexing that failed another one is answered ${again.status}`);
  await collection.done(again.body.id);
  await documentsAgree(stage, collection.client.person.org, 'G3');
};
