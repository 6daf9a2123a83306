import { StagedCollection } from '../staged-collection.js';
import { must } from '../violation.js';
import { documentsAgree } from './documents-agree.js';
import { holdJobRow } from './hold-row.js';
import type { Scenario } from './scenario.js';

const [APPLES, PEARS, PLUMS] = ['Apples ripen late in the year.', 'Pears are eaten from the hand.', 'Plums are dried upon the roof.'] as [
  string,
  string,
  string,
];

/** A job keeps a part that is live and makes another; before it ends, an older version without that part becomes live: the part is made again. */
export const keptPartsAreLookedFor: Scenario = async (stage) => {
  await stage.ensure('worker');
  const collection = await StagedCollection.open(stage, { chunk_size: 10, chunk_overlap: 0, chunking_strategy: 'recursive' });
  await collection.add('fruit', APPLES);
  await stage.ensure('worker', { CAIRN_FAULTS: 'W3:SIGSTOP,W7:SIGSTOP', LEASE_MS: '600000' });
  const older = await collection.post({ fruit: PEARS });
  await stage.landed('worker', 'W3');
  const documentId = older.documents[0]?.id as string;
  const olderJob = (await collection.jobsOf(documentId)).at(-1)?.id as string;
  const releaseOlder = await holdJobRow(stage, olderJob);
  const newer = await collection.post({ fruit: `${APPLES}\n\n${PLUMS}` });
  stage.service('worker').thaw();
  await stage.landed('worker', 'W7');
  const newerJob = (await collection.jobsOf(documentId)).at(-1)?.id as string;
  const releaseNewer = await holdJobRow(stage, newerJob);
  await releaseOlder();
  stage.service('worker').thaw();
  await collection.ended(older.operation_id).finally(releaseNewer);
  await collection.done(newer.operation_id);
  const found = (await collection.texts('ripe fruit')).join(' ');
  must(found.includes('Apples') && found.includes('Plums') && !found.includes('Pears'), 'G6', `of a document of two parts a search found: ${found}`);
  await documentsAgree(stage, collection.client.person.org, 'G4');
};
