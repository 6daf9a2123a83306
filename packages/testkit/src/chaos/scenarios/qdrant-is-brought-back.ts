import { randomUUID } from 'node:crypto';
import { type OrgId, type PointId, type StoredPointId, scopeOfOperator, storedPointIdOf } from '@cairn/common';
import { BUILT_IN_MODEL, MOCK_MODEL, spaceOf } from '@cairn/models/catalogue';
import type { QdrantGateway, SpaceMaintenance } from '@cairn/retrieval';
import { qdrantOf } from '../qdrant-of.js';
import type { Stage } from '../stage.js';
import { must } from '../violation.js';
import { leaveToQdrant } from './leave-to-qdrant.js';
import { liveId } from './live-id.js';
import type { Scenario } from './scenario.js';

const SPACE = spaceOf(MOCK_MODEL);

/** A live point is missing and a stranger lies in Qdrant, while a worker is about to activate a third: the first comes back, the second goes, the third stays. */
export const qdrantIsBroughtBack: Scenario = async (stage) => {
  const client = stage.client();
  await stage.ensure('dispatcher');
  await stage.ensure('worker', { CAIRN_FAULTS: 'W7:SIGSTOP@2', LEASE_MS: '60000' });
  const text = 'a text that Qdrant loses';
  const kept = await stage.done(client, await client.embed('lost', 's', text));
  const { job_id } = await client.ok<{ job_id: string }>('POST', '/vectors/mock', { asset_id: 'running', segment_id: 's' });
  await stage.landed('worker', 'W7');
  const { spaces, gateway, close } = qdrantOf(stage.system);
  try {
    await leaveToQdrant(stage);
    const live = await liveId(stage, String(kept.result?.point_id));
    await spaces.deleteByIds(spaceOf(BUILT_IN_MODEL), [live]);
    const stranger = await plantStranger(gateway, client.person.org as OrgId);
    const running = await runningId(stage, job_id);
    must(await isThere(spaces, SPACE, running), 'G4', 'a worker was about to activate a point that Qdrant does not have');
    await stage.keeps('G5', 'a lost point to be restored', () => isThere(spaces, spaceOf(BUILT_IN_MODEL), live));
    await stage.keeps('G16', 'a point that nothing accounts for to be deleted', async () => !(await isThere(spaces, SPACE, stranger)));
    must(await isThere(spaces, SPACE, running), 'G4', 'the reconciler deleted a point of a running attempt');
  } finally {
    stage.service('worker').thaw();
    await close();
  }
  await stage.done(client, job_id);
  const { results } = await client.search(text);
  must(results.length === 1, 'G5', `a text whose point was restored was found ${results.length} times`);
};

async function isThere(spaces: SpaceMaintenance, space: string, id: string): Promise<boolean> {
  return (await spaces.retrieveIds(space, [id])).has(id);
}

async function runningId(stage: Stage, jobId: string): Promise<string> {
  const [row] = await stage.sql<{ point_id: PointId; lease_token: string }>(
    'SELECT i.point_id, j.lease_token FROM jobs j JOIN job_inputs i ON i.org_id = j.org_id AND i.job_id = j.id WHERE j.id = $1',
    [jobId],
  );
  const { point_id, lease_token } = row as { point_id: PointId; lease_token: string };
  return storedPointIdOf(point_id, lease_token);
}

async function plantStranger(gateway: QdrantGateway, orgId: OrgId): Promise<string> {
  const id = randomUUID() as string as StoredPointId;
  const payload = { point_id: randomUUID(), asset_id: 'stranger', segment_id: 's', model: 'mock', model_ver: 'v1', token: randomUUID() };
  await gateway.upsert(scopeOfOperator({ orgId }), SPACE, [{ id, vector: new Float32Array(MOCK_MODEL.dimension).fill(0.5), payload }]);
  return id;
}
