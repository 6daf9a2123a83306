import { StagedCollection } from '../staged-collection.js';
import { must } from '../violation.js';
import { documentsAgree } from './documents-agree.js';
import { holdJobRow } from './hold-row.js';
import type { Scenario } from './scenario.js';

/** A job has read the first text and is slow; the second text is accepted and live before it goes on: the second stays. */
export const lastAcceptedDocumentWins: Scenario = async (stage) => {
  await stage.ensure('worker');
  const collection = await StagedCollection.open(stage);
  await stage.ensure('worker', { CAIRN_FAULTS: 'W3:SIGSTOP', LEASE_MS: '600000' });
  const first = await collection.post({ order: 'the first word about apples' });
  await stage.landed('worker', 'W3');
  const documentId = first.documents[0]?.id as string;
  const [slow] = await collection.jobsOf(documentId);
  const release = await holdJobRow(stage, slow?.id as string);
  try {
    const second = await collection.post({ order: 'the second word about trains' });
    stage.service('worker').thaw();
    await collection.done(second.operation_id);
  } finally {
    await release();
  }
  await collection.ended(first.operation_id);
  const found = await collection.texts('a word about apples and trains');
  must(found.join() === 'the second word about trains', 'G9', `after an older text came late, a search finds ${JSON.stringify(found)}`);
  await documentsAgree(stage, collection.client.person.org, 'G16');
};
