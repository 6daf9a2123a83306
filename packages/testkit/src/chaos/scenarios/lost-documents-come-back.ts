import { until } from '../../system/wait.js';
import { qdrantOf } from '../qdrant-of.js';
import { StagedCollection } from '../staged-collection.js';
import { must } from '../violation.js';
import { beginWhole, untilWhole } from './begin-whole.js';
import { leaveToQdrant } from './leave-to-qdrant.js';
import type { Scenario } from './scenario.js';

const TEXT = 'a chronicle that outlives its shelf';

/** Qdrant loses the space of documents while there is no worker: all of it comes back without the model, under the index that it belongs to. */
export const lostDocumentsComeBack: Scenario = async (stage) => {
  await stage.ensure('worker');
  await beginWhole(stage);
  const collection = await StagedCollection.open(stage);
  await collection.add('chronicle', TEXT);
  const [index] = await stage.sql<{ space: string; losses: number }>(
    'SELECT i.space, s.losses::int FROM collection_indexes i JOIN spaces s ON s.name = i.space WHERE collection_id = $1',
    [collection.id],
  );
  const { space, losses } = index as { space: string; losses: number };
  await stage.service('worker').kill();
  const { spaces, close } = qdrantOf(stage.system);
  await spaces.dropSpace(space).finally(close);
  await until('the loss to be seen', async () => (await stage.sql('SELECT 1 FROM spaces WHERE name = $1 AND losses > $2', [space, losses])).length > 0);
  await untilWhole(stage);
  await leaveToQdrant(stage);
  const found = await collection.texts(TEXT, { search_mode: 'keyword' });
  must(found.join() === TEXT, 'G5', `without a worker, after Qdrant lost its documents, a search found ${found.length} of 1 texts`);
  await stage.ensure('worker');
};
