import type { ApiClient } from '../../system/api-client.js';
import type { Stage } from '../stage.js';
import { must } from '../violation.js';
import { beginWhole } from './begin-whole.js';
import type { Scenario } from './scenario.js';

const RARE = 'an okapi between the trees';
const OTHERS = ['rain on the roof', 'a road through the hills', 'bread and salt'];
const HOME_OF_OKAPIS = Array.from({ length: 6 }, (_, index) => `okapi number ${index} eats leaves`);

/** A word that is rare in the texts of one organisation weighs as much for it as if nobody else had any texts. */
export const wordsAreCountedApart: Scenario = async (stage) => {
  await beginWhole(stage);
  await stage.ensure('worker');
  const [quiet, full] = [stage.client(), stage.client()];
  await write(stage, quiet, [RARE, ...OTHERS]);
  await write(stage, full, [RARE, ...OTHERS, ...HOME_OF_OKAPIS]);
  const [rare, common] = [await scoreOf(quiet), await scoreOf(full)];
  must(rare > common * 1.5, 'G11', `the words of one organisation are weighed by the texts of another (${rare}, ${common})`);
};

async function write(stage: Stage, client: ApiClient, texts: string[]): Promise<void> {
  const segments = texts.map((text, index) => ({ segment_id: `s${index}`, text }));
  const { job_id } = await client.ok<{ job_id: string }>('POST', '/vectors/embed/batch', { asset_id: 'words', segments });
  await stage.done(client, job_id);
}

async function scoreOf(client: ApiClient): Promise<number> {
  const { results } = await client.ok<{ results: { score: number; payload: { segment_id: string } }[] }>('POST', '/vectors/search', {
    query: 'okapi',
    search_mode: 'sparse',
  });
  return results.find(({ payload }) => payload.segment_id === 's0')?.score ?? 0;
}
