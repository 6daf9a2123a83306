import type { Stage } from '../stage.js';
import { StagedCollection } from '../staged-collection.js';
import { must } from '../violation.js';
import { documentsAgree } from './documents-agree.js';
import { holdBell, ringNow } from './hold-bell.js';
import type { Scenario } from './scenario.js';

const TEXT = 'a postcard that arrived during the removal';

/** A document is accepted during a reindexing and found at once, and its job for the new index is late: it is found all the same, all the time. */
export const switchWaitsForDocuments: Scenario = async (stage) => {
  const collection = await StagedCollection.open(stage);
  const before = await collection.add('before', 'a letter from before');
  const { reindexing, sent, early, late } = await stage.withoutDispatcher(async () => {
    const operation = await collection.reindex({ chunk_size: 50, chunk_overlap: 0 });
    const accepted = await collection.post({ during: TEXT });
    const jobs = [await jobForNewIndex(stage, collection, before), await jobForNewIndex(stage, collection, accepted.documents[0]?.id as string)];
    for (const job of jobs) await holdBell(stage, job);
    return { reindexing: operation, sent: accepted.operation_id, early: jobs[0] as string, late: jobs[1] as string };
  });
  const isFound = async () => (await collection.texts(TEXT)).includes(TEXT);
  await stage.keeps('G6', 'the document to be found', isFound);
  await ringNow(stage, early);
  await stage.keeps('G3', 'the switch to be tried', async () => {
    must(await isFound(), 'G6', 'a document vanished when its collection was reindexed');
    const tried = `SELECT 1 FROM job_attempts a JOIN jobs j ON j.org_id = a.org_id AND j.id = a.job_id WHERE j.type = 'finish_reindex' AND a.ended_at IS NOT NULL AND j.org_id = $1`;
    return (await stage.sql(tried, [collection.client.person.org])).length > 0;
  });
  must(await isFound(), 'G6', 'a document vanished when its collection was reindexed');
  await ringNow(stage, late);
  await collection.done(sent);
  await collection.done(reindexing);
  must(await isFound(), 'G6', 'a document that was accepted during a reindexing is not in the new index');
  await documentsAgree(stage, collection.client.person.org, 'G6');
};

async function jobForNewIndex(stage: Stage, collection: StagedCollection, documentId: string): Promise<string> {
  const [serving] = await stage.sql<{ serving_index_id: string }>('SELECT serving_index_id FROM collections WHERE id = $1', [collection.id]);
  const job = (await collection.jobsOf(documentId)).find(({ index_id }) => index_id !== serving?.serving_index_id);
  return job?.id as string;
}
