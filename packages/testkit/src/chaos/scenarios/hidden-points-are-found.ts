import { BUILT_IN_MODEL, spaceOf } from '@cairn/models/catalogue';
import type { ApiClient } from '../../system/api-client.js';
import { until } from '../../system/wait.js';
import { qdrantOf } from '../qdrant-of.js';
import { must } from '../violation.js';
import { beginWhole } from './begin-whole.js';
import { liveId } from './live-id.js';
import type { Scenario } from './scenario.js';

const TEXT = 'a lantern under the stairs';
const SPACE = spaceOf(BUILT_IN_MODEL);

/** No search of Qdrant finds a text that became live a moment ago: it is found nevertheless, and soon Qdrant finds it too. */
export const hiddenPointsAreFound: Scenario = async (stage) => {
  const client = stage.client();
  await beginWhole(stage);
  const { result } = await stage.done(client, await client.embed('hidden', 's', TEXT));
  const id = await liveId(stage, String(result?.point_id));
  const { spaces, close } = qdrantOf(stage.system);
  const claim = `UPDATE spaces SET claimed_until = $2 WHERE name = $1`;
  try {
    // The reconciler would write it back as well.
    await until(
      'the reconciler to be kept away',
      async () => (await stage.sql(`${claim} AND claimed_until < clock_timestamp() RETURNING 1`, [SPACE, 'infinity'])).length > 0,
    );
    await spaces.deleteByIds(SPACE, [id]);
    await isFound(client, 'dense');
    await isFound(client, 'sparse');
    await stage.sql(`UPDATE fresh_points SET since = since - interval '1 minute'`);
    await stage.keeps('G6', 'a hidden point to be written again', async () => (await spaces.searchableIds(SPACE, [id])).has(id));
  } finally {
    await stage.sql(claim, [SPACE, '-infinity']);
    await close();
  }
};

async function isFound(client: ApiClient, mode: 'dense' | 'sparse'): Promise<void> {
  const { results } = await client.ok<{ results: { score: number }[] }>('POST', '/vectors/search', { query: TEXT, search_mode: mode });
  must(results.length === 1, 'G6', `a text that Qdrant hides was found ${results.length} times by a ${mode} search`);
  const [{ score }] = results as [{ score: number }];
  must(mode === 'sparse' ? score > 0 : Math.abs(score - 1) < 1e-4, 'G6', `a text that Qdrant hides was found with ${score} by a ${mode} search for itself`);
}
