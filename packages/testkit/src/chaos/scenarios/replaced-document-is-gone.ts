import { StagedCollection } from '../staged-collection.js';
import { must } from '../violation.js';
import { documentsAgree } from './documents-agree.js';
import type { Scenario } from './scenario.js';

const [KEPT, OLD, NEW] = ['The bridge was built of granite.', 'Its toll was two copper coins.', 'Nobody pays a toll any more today.'].map(
  (said) => `${said} ${said}`,
) as [string, string, string];

/** Half of a document stays as it is and half is replaced: what stays is not made again, what was replaced is gone, and no more than the new version is found. */
export const replacedDocumentIsGone: Scenario = async (stage) => {
  const collection = await StagedCollection.open(stage, { chunk_size: 16, chunk_overlap: 0, chunking_strategy: 'recursive' });
  await collection.add('bridge', [KEPT, OLD].join('\n\n'));
  await collection.add('bridge', [KEPT, NEW].join('\n\n'));
  const found = (await collection.texts('the toll of the bridge')).join(' ');
  must(!found.includes('copper'), 'G6', 'a search found a part of a document that was replaced');
  must(found.includes('granite') && found.includes('any more'), 'G6', `a part of the version accepted last was not found: ${found}`);
  await documentsAgree(stage, collection.client.person.org, 'G4');
};
