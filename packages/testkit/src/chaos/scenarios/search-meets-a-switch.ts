import { until } from '../../system/wait.js';
import { StagedCollection } from '../staged-collection.js';
import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

const TEXT = 'a wanderer between two spaces';

/** A search has asked what serves and embeds its question when an index of another space takes over: it finds what serves now, not nothing. */
export const searchMeetsASwitch: Scenario = async (stage) => {
  await stage.ensure('worker');
  const collection = await StagedCollection.open(stage, { quantization: 'float32' });
  await collection.add('wanderer', TEXT);
  const lock = await stage.lock('spaces', 'ACCESS EXCLUSIVE');
  const searching = collection.texts(TEXT);
  await stage.waitsForLock('search');
  await stage.service('search').freeze();
  await lock.release();
  await collection.done(await collection.reindex({ quantization: 'float16' }));
  stage.service('search').thaw();
  const found = await searching;
  must(found.join() === TEXT, 'G6', `a search during which another space began to serve found ${found.length} texts`);
  await until('the search service to answer again', async () => (await collection.texts(TEXT)).length === 1);
};
