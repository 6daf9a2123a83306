import { type PointId, storedPointIdOf } from '@cairn/common';
import type { SpaceMaintenance } from '@cairn/retrieval';
import { until } from '../../system/wait.js';
import { qdrantOf } from '../qdrant-of.js';
import type { Stage } from '../stage.js';

/** A scenario that a planted bug broke off may have left a space that is not whole, which would be restored before the scenario begins. */
export async function beginWhole(stage: Stage, env?: Record<string, string>): Promise<void> {
  await stage.ensure('dispatcher', env);
  await untilWhole(stage);
  const { spaces, close } = qdrantOf(stage.system);
  await until('every live point to be in Qdrant', () => areAllThere(stage, spaces)).finally(close);
}

async function areAllThere(stage: Stage, spaces: SpaceMaintenance): Promise<boolean> {
  const rows = await stage.sql<{ space: string; point_id: PointId; live_token: string }>(
    'SELECT space, point_id, live_token FROM vectors WHERE live_token IS NOT NULL',
  );
  for (const space of new Set(rows.map((row) => row.space))) {
    const ids = rows.filter((row) => row.space === space).map((row) => storedPointIdOf(row.point_id, row.live_token));
    if ((await spaces.retrieveIds(space, ids)).size < ids.length) return false;
  }
  return true;
}

export function untilWhole(stage: Stage): Promise<unknown> {
  return until('all spaces to be whole', async () => (await stage.sql('SELECT 1 FROM spaces WHERE restoring')).length === 0);
}
