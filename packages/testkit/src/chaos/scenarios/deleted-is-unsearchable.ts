import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

/** Its point lies in Qdrant for another minute, and no search may find it. */
export const deletedIsUnsearchable: Scenario = async (stage) => {
  const client = stage.client();
  const job = await stage.done(client, await client.embed('leaf', 's', 'a leaf on the river'));
  const before = await client.search('a leaf on the river');
  must(before.total === 1, 'G1', `the text of a completed job was not found: ${before.total} hits`);
  await client.ok('DELETE', `/vectors/${job.result?.point_id}`);
  const after = await client.search('a leaf on the river');
  must(after.total === 0, 'G7', 'a search found a vector whose delete had been answered');
  const read = await client.call('GET', `/vectors/${job.result?.point_id}`);
  must(read.status === 404, 'G7', `reading a deleted vector was answered ${read.status}`);
};
