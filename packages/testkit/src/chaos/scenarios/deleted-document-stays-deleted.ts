import { StagedCollection } from '../staged-collection.js';
import { must } from '../violation.js';
import { documentsAgree } from './documents-agree.js';
import type { Scenario } from './scenario.js';

const TEXT = 'a letter that was burnt before anybody read it';

/** A document is deleted while a worker is about to make a new version of it live: nothing of it is found, then or later. */
export const deletedDocumentStaysDeleted: Scenario = async (stage) => {
  await stage.ensure('worker');
  const collection = await StagedCollection.open(stage);
  const id = await collection.add('letter', TEXT);
  must((await collection.texts(TEXT)).length === 1, 'G1', 'the text of a completed operation was not found');
  await stage.ensure('worker', { CAIRN_FAULTS: 'W7:SIGSTOP', LEASE_MS: '60000' });
  const { operation_id } = await collection.post({ letter: `${TEXT}, and its envelope` });
  await stage.landed('worker', 'W7');
  const deleted = await collection.client.call('DELETE', `/api/v2/documents/${id}`);
  must(deleted.status === 204, 'G7', `a document that was being indexed could not be deleted: ${deleted.status}`);
  const lying = await stage.sql(
    'SELECT 1 FROM chunks WHERE document_id = $1 UNION ALL SELECT 1 FROM vectors WHERE asset_id = $1::text AND live_token IS NOT NULL',
    [id],
  );
  must(lying.length === 0, 'G7', 'the chunks of a deleted document are still there');
  stage.service('worker').thaw();
  await collection.ended(operation_id);
  must((await collection.texts(TEXT)).length === 0, 'G7', 'a search found a document whose delete had been answered');
  await documentsAgree(stage, collection.client.person.org, 'G7');
};
