import { StagedCollection } from '../staged-collection.js';
import { must } from '../violation.js';
import { documentsAgree } from './documents-agree.js';
import type { Scenario } from './scenario.js';

const POINTS = ['W2', 'W3', 'W5', 'W6', 'W7', 'W8'];
const BEFORE = 'the version before';
// More parts than fit into a slice of 64, so that there is a second slice to die in.
const AFTER = Array.from({ length: 90 }, (_, part) => `Part ${part} of the version after speaks of ${part} lamps in the harbour.`).join(' ');

/** The worker dies at every point of one job, one after the other: the old version is found until the new one is, whole. */
export const documentSurvivesEveryCrash: Scenario = async (stage) => {
  await stage.ensure('worker');
  const collection = await StagedCollection.open(stage, { chunk_size: 20, chunk_overlap: 0 });
  await collection.add('one', BEFORE);
  await stage.ensure('worker', { CAIRN_FAULTS: 'W2:SIGKILL', LEASE_MS: '600' });
  const { operation_id, documents } = await stage.withoutDispatcher(async () => {
    const accepted = await collection.post({ one: AFTER });
    await stage.sql('UPDATE jobs SET max_attempts = 20 WHERE document_id = $1', [accepted.documents[0]?.id]);
    return accepted;
  });
  for (const [at, point] of POINTS.entries()) {
    if (at > 0) await stage.ensure('worker', { CAIRN_FAULTS: `${point}:SIGKILL`, LEASE_MS: '600' });
    await stage.landed('worker', point);
    if (point === 'W8') break;
    const found = await stage.sql<{ text: string }>('SELECT text FROM chunks WHERE document_id = $1', [documents[0]?.id]);
    must(
      found.length === 1 && found[0]?.text === BEFORE,
      'G6',
      `after a crash at ${point} a document consists of ${found.length} chunks that are not its version`,
    );
  }
  await stage.ensure('worker');
  await collection.done(operation_id);
  const found = (await collection.texts('lamps in the harbour', { search_mode: 'keyword' })).join(' ');
  must(!found.includes(BEFORE), 'G6', 'a search found what was replaced');
  must(
    Array.from({ length: 90 }, (_, part) => `Part ${part} of`).every((part) => found.includes(part)),
    'G6',
    'a part of the new version was not found',
  );
  await documentsAgree(stage, collection.client.person.org, 'G4');
};
