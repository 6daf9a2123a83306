import { randomUUID } from 'node:crypto';
import { type PointId, storedPointIdOf } from '@cairn/common';
import { until } from '../../system/wait.js';
import type { HeldLock, Stage } from '../stage.js';
import { must } from '../violation.js';
import { leaveToQdrant } from './leave-to-qdrant.js';
import type { Scenario } from './scenario.js';

interface LiveRow {
  org_id: string;
  point_id: PointId;
  space: string;
  model: string;
  model_ver: string;
  vector: Buffer;
}

/** A text is replaced after Qdrant named the candidates and before Postgres judged them: the search finds the old text or the new one, never nothing. */
export const searchSeesOneMoment: Scenario = async (stage) => {
  const client = stage.client();
  const job = await stage.done(client, await client.embed('moment', 's', 'a moment in time'));
  const [row] = await stage.sql<LiveRow>('SELECT org_id, point_id, space, model, model_ver, vector FROM vectors WHERE point_id = $1', [job.result?.point_id]);
  await leaveToQdrant(stage); // what is fresh is looked for by name, and would be found either way
  const lock = await stage.lock('vectors', 'ACCESS EXCLUSIVE');
  const answersBefore = await qdrantAnswers(stage);
  const searching = client.call<{ total: number }>('POST', '/vectors/search', { query: 'a moment in time' });
  await stage.waitsForLock('search');
  await until('Qdrant to have named the candidates', async () => (await qdrantAnswers(stage)) > answersBefore);
  await replace(stage, lock, row as LiveRow);
  await lock.release();
  const { status, body } = await searching;
  must(status === 200 && body.total === 1, 'G6', `a search during a replacement was answered ${status} with ${body.total} hits instead of one`);
};

async function qdrantAnswers(stage: Stage): Promise<number> {
  const metrics = await (await fetch(`${stage.service('search').url}/metrics`)).text();
  const counted = metrics.split('\n').find((line) => /^cairn_qdrant_calls_total\{/.test(line) && /operation="search"/.test(line) && /outcome="ok"/.test(line));
  return Number(counted?.split(' ').at(-1) ?? 0);
}

// What a worker does, done by hand: the new point, then the switch in the transaction that holds the lock.
async function replace(stage: Stage, lock: HeldLock, row: LiveRow): Promise<void> {
  const token = randomUUID();
  await writePoint(stage, row, token);
  await lock.client.query(
    'UPDATE vectors SET gen = gen + 1, live_gen = gen + 1, live_token = $2, live_accepted_at = clock_timestamp() WHERE org_id = $3 AND point_id = $1',
    [row.point_id, token, row.org_id],
  );
}

async function writePoint(stage: Stage, row: LiveRow, token: string): Promise<void> {
  const { url, apiKey } = stage.system.stack.qdrant;
  const { org_id, point_id, model, model_ver } = row;
  const point = {
    id: storedPointIdOf(point_id, token),
    vector: Array.from(new Float32Array(new Uint8Array(row.vector).buffer)),
    payload: { org_id, point_id, asset_id: 'moment', segment_id: 's', model, model_ver, token },
  };
  const answer = await fetch(`${url}/collections/${stage.system.namespace}_${row.space}/points?wait=true`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'api-key': apiKey },
    body: JSON.stringify({ points: [point], shard_key: 'main' }),
  });
  if (!answer.ok) throw new Error(`Qdrant answered ${answer.status}: ${await answer.text()}`);
}
