import { type PointId, storedPointIdOf } from '@cairn/common';
import type { Stage } from '../stage.js';

/** The id in Qdrant of what is live of a point. */
export async function liveId(stage: Stage, pointId: string): Promise<string> {
  const [row] = await stage.sql<{ live_token: string }>('SELECT live_token FROM vectors WHERE point_id = $1', [pointId]);
  return storedPointIdOf(pointId as PointId, (row as { live_token: string }).live_token);
}
