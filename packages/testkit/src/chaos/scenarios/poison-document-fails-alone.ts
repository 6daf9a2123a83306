import { StagedCollection } from '../staged-collection.js';
import { must } from '../violation.js';
import { documentsAgree } from './documents-agree.js';
import { holdBell, ringNow } from './hold-bell.js';
import type { Scenario } from './scenario.js';

/** One of two documents kills its worker in its last attempt: it is told as failed, the other is found, and their operation ends. */
export const poisonDocumentFailsAlone: Scenario = async (stage) => {
  await stage.ensure('worker');
  const collection = await StagedCollection.open(stage);
  await stage.ensure('worker', { CAIRN_FAULTS: 'W2:SIGKILL', LEASE_MS: '600' });
  const { accepted, neighbour } = await stage.withoutDispatcher(async () => {
    const both = await collection.post({ poison: 'a deadly word', neighbour: 'a kind word' });
    const [poison, other] = both.documents.map(({ id }) => id) as [string, string];
    const job = (await collection.jobsOf(other))[0]?.id as string;
    await stage.sql('UPDATE jobs SET max_attempts = 1 WHERE document_id = $1', [poison]);
    await holdBell(stage, job);
    return { accepted: both, neighbour: job };
  });
  await stage.landed('worker', 'W2');
  await stage.ensure('worker');
  await ringNow(stage, neighbour);
  const { status } = await collection.ended(accepted.operation_id);
  must(status === 'completed', 'G14', `with one of two documents failed an operation ended ${status}`);
  const statuses = await Promise.all(
    accepted.documents.map(async ({ id }) => (await collection.client.ok<{ status: string }>('GET', `/api/v2/documents/${id}`)).status),
  );
  must(statuses.join() === 'failed,completed', 'G14', `a document that kills its worker and its neighbour are told as ${statuses}`);
  must((await collection.texts('a kind word')).join() === 'a kind word', 'G14', 'the neighbour of a document that kills its worker is not found');
  await documentsAgree(stage, collection.client.person.org, 'G14');
};
