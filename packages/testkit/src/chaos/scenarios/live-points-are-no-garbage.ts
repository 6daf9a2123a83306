import { type PointId, storedPointIdOf } from '@cairn/common';
import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

/** Replacing and deleting puts the points that stop counting on the list of garbage, and none that counts. */
export const livePointsAreNoGarbage: Scenario = async (stage) => {
  const client = stage.client();
  for (const text of ['one text', 'another text', 'a third text']) await stage.done(client, await client.embed('kept', 's', text));
  const live = await stage.sql<{ point_id: PointId; live_token: string }>('SELECT point_id, live_token FROM vectors WHERE org_id = $1', [client.person.org]);
  const garbage = await stage.sql<{ stored_id: string }>('SELECT stored_id FROM garbage_points WHERE org_id = $1', [client.person.org]);
  const liveIds = live.map((row) => storedPointIdOf(row.point_id, row.live_token) as string);
  must(!garbage.some((row) => liveIds.includes(row.stored_id)), 'G6', 'a live point was put on the list of garbage');
  must(garbage.length === 2, 'G16', `two replaced points left ${garbage.length} on the list of garbage`);
};
