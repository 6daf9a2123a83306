import { randomInt } from 'node:crypto';
import type { FaultPoint } from '@cairn/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ServiceName } from '../system/service-process.js';
import { Chaos } from './chaos.js';
import { reportOf } from './checker.js';
import { CRASH_POINTS, killAt, killCell, stopAtEach, stopCell } from './crash-points.js';
import { bellsComeAgain, bellsComeInReverse } from './delivery-faults.js';
import { type Fault, processFaults } from './server-faults.js';

const MINUTE = 60_000;
const LEAST_FAULTS = 60;
const DOWN_MS = 2_000;
const seed = Number(process.env.CHAOS_SEED ?? randomInt(2 ** 31));

/** A stop says something new where a lease or a lock is held; the others are passed by the kills. */
const STOPS: [ServiceName, readonly FaultPoint[]][] = [
  ['api', ['A2', 'A3', 'X1']],
  ['dispatcher', ['D1', 'D2', 'D3', 'R1']],
  ['worker', ['W1', 'W2', 'W3', 'W4', 'W6', 'W7', 'W8']],
];

let chaos: Chaos;

beforeAll(async () => {
  chaos = await Chaos.start(seed);
  await chaos.crowd.begin();
}, 3 * MINUTE);

afterAll(async () => {
  if (chaos)
    process.stdout.write(`seed ${seed}: CHAOS_SEED=${seed} repeats the workload\n${chaos.board.table()}\n${chaos.board.landed.length} faults landed\n`);
  await chaos?.close();
}, MINUTE);

async function strikeAll(faults: Fault[], times: number): Promise<void> {
  for (const { cell } of faults) chaos.board.plan(cell, times);
  for (const fault of chaos.random.shuffled(Array.from({ length: times }, () => faults).flat())) await chaos.note(fault.cell, await fault.strike(chaos));
}

describe('under load, with two workers and two dispatchers', () => {
  it(
    'F1 F2 F3 F4: every crash point, killed and stopped past the lease',
    async () => {
      for (const point of Object.values(CRASH_POINTS).flat()) chaos.board.plan(killCell(point), 1);
      for (const point of STOPS.flatMap(([, points]) => points)) chaos.board.plan(stopCell(point), 1);
      await Promise.all(STOPS.map(([name, points]) => crashAll(name, points)));
    },
    10 * MINUTE,
  );

  it(
    'F5 F6 F8 F9: servers that die, hang, lose their store or cut their connections',
    async () => {
      const { servers } = processFaults(DOWN_MS);
      await strikeAll(servers, 2);
    },
    10 * MINUTE,
  );

  it(
    'F23: services that die, stand still or are replaced at any moment',
    async () => {
      const { services } = processFaults(DOWN_MS);
      await strikeAll(services, 1);
    },
    10 * MINUTE,
  );

  it(
    'F10 F11: bells that come again and in reverse',
    async () => {
      await strikeAll([bellsComeAgain, bellsComeInReverse], 3);
    },
    5 * MINUTE,
  );

  it('readers never saw a deleted, foreign or mixed hit, and no event twice or too late', () => chaos.crowd.settle(), 2 * MINUTE);

  it(
    '0 lost, 0 doubled, 0 foreign',
    async () => {
      const verdict = await chaos.crowd.verdict();
      process.stdout.write(`${reportOf(verdict)}\n`);
      expect(verdict).toMatchObject({ lost: [], doubled: [], foreign: [], broken: [] });
    },
    5 * MINUTE,
  );

  it(`at least ${LEAST_FAULTS} faults landed, and none of the planned ones is missing`, () => {
    expect(chaos.board.missing()).toEqual([]);
    expect(chaos.board.landed.length).toBeGreaterThanOrEqual(LEAST_FAULTS);
  });
});

async function crashAll(name: ServiceName, stops: readonly FaultPoint[]): Promise<void> {
  for (const point of CRASH_POINTS[name] ?? []) await killAt(chaos, name, point);
  await stopAtEach(chaos, name, stops);
}
