import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StagedCollection } from '../staged-collection.js';
import { must } from '../violation.js';
import { documentsAgree } from './documents-agree.js';
import { holdBell, ringNow } from './hold-bell.js';
import type { Scenario } from './scenario.js';

/** A source is removed and sent again before its documents are gone: those belong to the new one then, and stay. Its operation ends with its last document. */
export const sourceSentAgainKeepsItsFiles: Scenario = async (stage) => {
  const collection = await StagedCollection.open(stage);
  const folder = join(stage.system.sources, collection.id);
  mkdirSync(folder);
  writeFileSync(join(folder, 'page.txt'), 'the page');
  const first = await operationWaits(folder);
  await collection.done(first);
  const { removing, again, bell } = await stage.withoutDispatcher(async () => {
    const { id } = await collection.client.ok<{ id: string }>(
      'DELETE',
      `/api/v2/collections/${collection.id}/sources?source_path=${encodeURIComponent(folder)}`,
    );
    const [job] = await stage.sql<{ id: string }>('SELECT id FROM jobs WHERE operation_id = $1', [id]);
    await holdBell(stage, job?.id as string);
    return { removing: id, again: await collection.addFolder(folder), bell: job?.id as string };
  });
  await collection.done(again);
  await ringNow(stage, bell);
  await collection.done(removing);
  must((await collection.texts('the page')).join() === 'the page', 'G1', 'a file of a source that was removed and sent again was removed');
  await documentsAgree(stage, collection.client.person.org, 'G1');

  /** The operation of a run is not over while a document that it found waits. */
  async function operationWaits(path: string): Promise<string> {
    const lock = await stage.lock('chunks', 'ACCESS EXCLUSIVE');
    const operation = await collection.addFolder(path);
    await stage.waitsForLock('worker');
    await stage.keeps(
      'G3',
      'the folder to be gone through',
      async () => (await stage.sql(`SELECT 1 FROM jobs WHERE operation_id = $1 AND type = 'scan_source' AND state = 'succeeded'`, [operation])).length > 0,
    );
    const { status } = await collection.operation(operation);
    await lock.release();
    must(status !== 'completed', 'G3', 'an operation was completed before its documents were');
    return operation;
  }
};
