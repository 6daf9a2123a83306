import { randomUUID } from 'node:crypto';
import { floatsOf, type OrgId, type PointId, scopeOfOperator, storedPointIdOf } from '@cairn/common';
import { BUILT_IN_MODEL, spaceOf } from '@cairn/models/catalogue';
import { qdrantOf } from '../qdrant-of.js';
import type { Stage } from '../stage.js';
import { must } from '../violation.js';
import { beginWhole } from './begin-whole.js';
import { leaveToQdrant } from './leave-to-qdrant.js';
import type { Scenario } from './scenario.js';

const QUESTION = 'who keeps the lighthouse at night?';
const SPACE = spaceOf(BUILT_IN_MODEL);
const ASSET = 'replaced often';
const DEAD = 1_500;

/** One text is live, and many that it replaced lie nearer to the question until they are collected: the live one is found nevertheless. */
export const deadPointsHideNothing: Scenario = async (stage) => {
  const client = stage.client();
  await beginWhole(stage);
  const { result } = await stage.done(client, await client.embed(ASSET, 's', QUESTION));
  await leaveDeadPoints(stage, String(result?.point_id) as PointId);
  await stage.done(client, await client.embed(ASSET, 's', 'bread and salt'));
  await leaveToQdrant(stage);
  for (const asset_id of [undefined, ASSET]) {
    const { total } = await client.ok<{ total: number }>('POST', '/vectors/search', { query: QUESTION, asset_id });
    must(total === 1, 'G6', `behind ${DEAD} points that count no more ${total} of 1 live texts were found`);
  }
};

// As if the text had been replaced as often within the time that searches are given to end.
async function leaveDeadPoints(stage: Stage, pointId: PointId): Promise<void> {
  const [row] = await stage.sql<{ org_id: OrgId; vector: Buffer }>('SELECT org_id, vector FROM vectors WHERE point_id = $1', [pointId]);
  const { org_id: orgId, vector } = row as { org_id: OrgId; vector: Buffer };
  const facts = { point_id: pointId, asset_id: ASSET, segment_id: 's', model: BUILT_IN_MODEL.id, model_ver: BUILT_IN_MODEL.version };
  const points = Array.from({ length: DEAD }, () => {
    const token: string = randomUUID();
    return { id: storedPointIdOf(pointId, token), vector: floatsOf(vector), payload: { ...facts, token } };
  });
  await stage.sql(
    `INSERT INTO garbage_points (org_id, space, stored_id, due_at) SELECT $1, $2, unnest($3::uuid[]), clock_timestamp() + interval '60 seconds'`,
    [orgId, SPACE, points.map(({ id }) => id)],
  );
  const { gateway, close } = qdrantOf(stage.system);
  await gateway.upsert(scopeOfOperator({ orgId }), SPACE, points).finally(close);
}
