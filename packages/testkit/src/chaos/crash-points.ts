import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FaultPoint, type OrgId, type PointId, pause, type StoredPointId, scopeOfOperator, storedPointIdOf } from '@cairn/common';
import { MOCK_MODEL, spaceOf } from '@cairn/models/catalogue';
import type { ServiceName, ServiceProcess } from '../system/service-process.js';
import { until } from '../system/wait.js';
import type { Chaos } from './chaos.js';
import { qdrantOf } from './qdrant-of.js';
import { newText } from './words.js';

/** Longer than the lease of 1.5 s: whoever stands still for this long has lost what it held. */
export const STANDSTILL_MS = 2_000;
const LANDS_WITHIN_MS = 120_000;
const PROVOKE_EVERY_MS = 250;
// One more than fit into a slice of 64, so that there is a second slice to die in.
const SEGMENTS_OF_TWO_SLICES = 65;

/** Where each service can be hit; docs/guarantees.md says what the points mean. */
export const CRASH_POINTS: Partial<Record<ServiceName, readonly FaultPoint[]>> = {
  api: ['A2', 'A3', 'X1'],
  dispatcher: ['D1', 'D2', 'D3', 'W9', 'X2', 'R1', 'R2', 'R3'],
  worker: ['W1', 'W2', 'W3', 'W4', 'W5', 'W6', 'W7', 'W8'],
};

export const killCell = (point: FaultPoint): string => `SIGKILL at ${point}`;
export const stopCell = (point: FaultPoint): string => `SIGSTOP past the lease at ${point}`;

/** The service dies at the point, and is started again without faults or with the next one. */
export async function killAt(chaos: Chaos, name: ServiceName, point: FaultPoint): Promise<void> {
  const log = await startWithFaults(chaos, name, `${point}:SIGKILL`);
  await provoke(chaos, [point], () => landed(log, point));
  const end = await chaos.system.service(name).gone();
  if (end !== 'SIGKILL') throw new Error(`${name} was to be killed at ${point} and ended with ${end}`);
  if (name === 'api') chaos.system.service(name).start(); // of the others there is a second one
  await chaos.note(killCell(point), `the ${name} ended by SIGKILL`);
}

/** The service is stopped at one point after the other, each time for longer than its lease. */
export async function stopAtEach(chaos: Chaos, name: ServiceName, points: readonly FaultPoint[]): Promise<void> {
  const log = await startWithFaults(chaos, name, points.map((point) => `${point}:SIGSTOP`).join());
  const left = new Set(points);
  const notes: Promise<void>[] = [];
  while (left.size > 0) {
    const hit = await provoke(chaos, [...left], (point) => landed(log, point));
    left.delete(hit);
    await standStill(chaos.system.service(name));
    // Not waited for: the next stop may come before any write is through.
    notes.push(chaos.note(stopCell(hit), `the ${name} stood still for ${STANDSTILL_MS / 1_000} s`));
  }
  await Promise.all(notes);
}

async function standStill(service: ServiceProcess): Promise<void> {
  await until(`${service.options.name} to stand still`, async () => service.frozen);
  await pause(STANDSTILL_MS);
  service.thaw();
}

let logs = 0;

async function startWithFaults(chaos: Chaos, name: ServiceName, faults: string): Promise<string> {
  const log = join(chaos.system.folder, `faults-${name}-${logs++}.log`);
  appendFileSync(log, '');
  const service = chaos.system.service(name);
  await service.kill();
  // Not waited for: it may be hit before it is ready.
  service.start({ CAIRN_FAULTS: faults, CAIRN_FAULT_LOG: log });
  return log;
}

const landed = (log: string, point: FaultPoint): boolean => existsSync(log) && readFileSync(log, 'latin1').includes(`${point} SIG`);

/** Brings the service to these points again and again until it is hit at one of them, and answers which. Most points are met by the workload alone. */
async function provoke(chaos: Chaos, points: readonly FaultPoint[], isHit: (point: FaultPoint) => boolean): Promise<FaultPoint> {
  const stopAt = Date.now() + LANDS_WITHIN_MS;
  for (;;) {
    if (Date.now() > stopAt) throw new Error(`none of ${points} was met within ${LANDS_WITHIN_MS / 1_000} s`);
    for (const point of points) await PROVOCATIONS[point]?.(chaos);
    for (let waited = 0; waited < PROVOKE_EVERY_MS; waited += 10) {
      const hit = points.find(isHit);
      if (hit !== undefined) return hit;
      await pause(10);
    }
  }
}

const PROVOCATIONS: Partial<Record<FaultPoint, (chaos: Chaos) => Promise<unknown>>> = {
  W5: sendTwoSlices,
  W9: makeGarbageDue,
  X1: async (chaos) => void chaos.crowd.sender.send({ op: 'delete', asset: `${chaos.crowd.senderOrg.slice(0, 8)}-nothing` }, true),
  X2: makeGarbageDue,
  R2: plantStranger,
  R3: loseLivePoint,
};

// Not waited for, as the api may be away as well.
async function sendTwoSlices(chaos: Chaos): Promise<void> {
  const [row] = await chaos.system.database.sql<{ open: number }>(
    `SELECT count(*)::int AS open FROM jobs WHERE type = 'embed_batch' AND state IN ('queued', 'running') AND org_id = $1`,
    [chaos.crowd.senderOrg],
  );
  if ((row?.open ?? 0) >= 2) return; // two workers: each has one in hand or will soon
  const segments = Array.from({ length: SEGMENTS_OF_TWO_SLICES }, (_, index) => ({ segment: `s${index}`, text: newText(chaos.texts) }));
  void chaos.crowd.sender.send(
    { op: 'batch', asset: `${chaos.crowd.senderOrg.slice(0, 8)}-slices-${logs}-${chaos.crowd.ledger.entries.length}`, segments },
    true,
  );
}

// Only what is garbage for some seconds already: the grace is there for searches that began before, and a reader may be having one.
async function makeGarbageDue(chaos: Chaos): Promise<void> {
  await chaos.system.database.sql(
    `UPDATE garbage_points SET due_at = clock_timestamp()
      WHERE stored_id IN (SELECT stored_id FROM garbage_points WHERE due_at < clock_timestamp() + interval '50 seconds' LIMIT 3)`,
  );
}

async function plantStranger(chaos: Chaos): Promise<void> {
  const { gateway, close } = qdrantOf(chaos.system);
  const payload = { point_id: randomUUID(), asset_id: 'stranger', segment_id: 's', model: 'mock', model_ver: 'v1', token: randomUUID() };
  const point = { id: randomUUID() as string as StoredPointId, vector: new Float32Array(MOCK_MODEL.dimension).fill(0.5), payload };
  await gateway.upsert(scopeOfOperator({ orgId: chaos.crowd.senderOrg as OrgId }), spaceOf(MOCK_MODEL), [point]).catch(() => undefined);
  await close();
}

async function loseLivePoint(chaos: Chaos): Promise<void> {
  const [row] = await chaos.system.database.sql<{ point_id: PointId; live_token: string; space: string }>(
    'SELECT point_id, live_token, space FROM vectors WHERE live_token IS NOT NULL AND org_id = $1 LIMIT 1',
    [chaos.crowd.senderOrg],
  );
  if (!row) return;
  const { spaces, close } = qdrantOf(chaos.system);
  await spaces.deleteByIds(row.space, [storedPointIdOf(row.point_id, row.live_token)]).catch(() => undefined);
  await close();
}
