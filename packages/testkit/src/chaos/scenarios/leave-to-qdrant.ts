import type { Stage } from '../stage.js';

/** As if some seconds had gone by and Qdrant were known to find all that is live: searches look after none of it themselves. */
export async function leaveToQdrant(stage: Stage): Promise<void> {
  await stage.sql('DELETE FROM fresh_points');
}
