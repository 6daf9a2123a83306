import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StagedCollection } from '../staged-collection.js';
import { must } from '../violation.js';
import { documentsAgree } from './documents-agree.js';
import { holdJobRow } from './hold-row.js';
import type { Scenario } from './scenario.js';

/** A run of a source has gone through its folder and is slow; a file comes, and a later run finds it: the first one does not take it for gone. */
export const laterRunKeepsItsFiles: Scenario = async (stage) => {
  await stage.ensure('worker', { LEASE_MS: '600000' });
  const collection = await StagedCollection.open(stage);
  const folder = join(stage.system.sources, collection.id);
  mkdirSync(folder);
  writeFileSync(join(folder, 'first.txt'), 'the first file');
  const lock = await stage.lock('blobs', 'ACCESS EXCLUSIVE');
  const slow = await collection.addFolder(folder);
  await stage.waitsForLock('worker');
  const [job] = await stage.sql<{ id: string }>('SELECT id FROM jobs WHERE operation_id = $1', [slow]);
  const holding = holdJobRow(stage, job?.id as string);
  await stage.keeps(
    'G3',
    'the job to be held next',
    async () => (await stage.sql(`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'SELECT 1 FROM jobs%'`)).length > 0,
  );
  await lock.release();
  const release = await holding;
  try {
    writeFileSync(join(folder, 'second.txt'), 'the second file');
    await collection.done(await collection.addFolder(folder));
  } finally {
    await release();
  }
  await collection.done(slow);
  const found = await collection.texts('a file');
  must(found.join() === 'the first file,the second file', 'G1', `of a folder of two files a search found ${JSON.stringify(found)}`);
  await stage.ensure('worker');
  await documentsAgree(stage, collection.client.person.org, 'G1');
};
