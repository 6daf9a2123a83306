import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

/** Two pairs of names with one point id: the second is refused, and the first keeps its vector. */
export const pointIdIsNotShared: Scenario = async (stage) => {
  const client = stage.client();
  const job = await stage.done(client, await client.embed('a:b', 'c', 'the rightful owner'));
  const body = { asset_id: 'a', segment_id: 'b:c', text: 'the intruder' };
  const single = await client.call('POST', '/vectors/embed', body);
  must(single.status === 409, 'G11', `a text for a point id of another segment was answered ${single.status}`);
  const batch = await client.call('POST', '/vectors/embed/batch', { asset_id: 'a', segments: [{ segment_id: 'b:c', text: 'the intruder' }] });
  must(batch.status === 409, 'G11', `a batch for a point id of another segment was answered ${batch.status}`);
  const { payload } = await client.ok<{ payload: { asset_id: string } }>('GET', `/vectors/${job.result?.point_id}`);
  must(payload.asset_id === 'a:b', 'G11', 'a vector was taken over by another segment with the same point id');
};
