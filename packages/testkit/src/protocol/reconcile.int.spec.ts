import { randomUUID } from 'node:crypto';
import {
  activateVectors,
  assertWhole,
  type ClaimedSpace,
  ClaimLostError,
  DependencyError,
  lossesOf,
  pause,
  ReconcileRepository,
  registerSpace,
} from '@cairn/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../system/wait.js';
import { newScope, ProtocolBench } from './protocol-bench.js';

const LONG_MS = 60_000;

let bench: ProtocolBench;
let reconciles: ReconcileRepository;
let name: string;

beforeAll(async () => {
  bench = await ProtocolBench.open();
  reconciles = new ReconcileRepository(bench.dispatch);
}, 60_000);
afterAll(() => bench?.close());
beforeEach(async () => {
  name = `space-${randomUUID()}`;
  await registerSpace(bench.worker, { name, dimension: 4 });
});

async function claimed(forMs = LONG_MS): Promise<ClaimedSpace> {
  return (await reconciles.claim(name, forMs)) as ClaimedSpace;
}

const letTimePass = () => bench.database.sql(`UPDATE spaces SET claimed_until = claimed_until - interval '1 hour' WHERE name = $1`, [name]);

/** What a dispatcher does that stood still for longer than its claim while another took the space. */
async function overtaken(): Promise<{ late: ClaimedSpace; next: ClaimedSpace }> {
  const late = await claimed();
  await letTimePass();
  return { late, next: await claimed() };
}

describe('a space that was lost', () => {
  it('G5: what is written back is read after every job has ended its transaction that did not know of the loss', async () => {
    const order: string[] = [];
    const scope = newScope();
    const lease = await bench.lease(scope, await bench.acceptEmbed(scope, { assetId: 'a', segmentId: 's', text: 'a text' }));
    let restoring: Promise<void> | undefined;
    await bench.worker.tenant(scope, async (sql) => {
      await activateVectors(sql, scope, lease, name, []);
      expect(await lossesOf(sql, name)).toBe('0');
      restoring = reconciles.beginRestoring(name).then(() => void order.push('write back'));
      await until('the loss to be known', async () => (await lossesOf(bench.worker, name)) === '1');
      await pause(200);
      order.push('the earlier one ends');
    });
    await restoring;
    expect(order).toEqual(['the earlier one ends', 'write back']);
  });

  it('G5: jobs of other spaces, and other transactions, are not waited for', async () => {
    await bench.worker.system(async (sql) => {
      await sql.rows('SELECT pg_current_xact_id()');
      await reconciles.beginRestoring(name);
    });
    expect(await lossesOf(bench.worker, name)).toBe('1');
  });

  it('G6: whoever began before the loss knows of it when all is written back', async () => {
    const before = await assertWhole(bench.worker, name);
    await reconciles.beginRestoring(name);
    await expect(assertWhole(bench.worker, name)).rejects.toThrow(DependencyError);
    await reconciles.moveMarker(await claimed(), 1);
    await expect(assertWhole(bench.worker, name, before)).rejects.toThrow(DependencyError);
    expect(await assertWhole(bench.worker, name)).toBe('1');
  });
});

describe('claiming a space', () => {
  it('F20: two dispatchers do not compare one space at once', async () => {
    const claims = await Promise.all(Array.from({ length: 8 }, () => reconciles.claim(name, LONG_MS)));
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
  });

  it('F4: the space of a dispatcher that died is taken when its claim has run out', async () => {
    const { next } = await overtaken();
    expect(next).toMatchObject({ name, dimension: 4, marker: 0 });
  });

  it('whoever goes on working keeps the space', async () => {
    const space = await claimed(1_000);
    space.claimedUntil = await reconciles.extend(space, 2 * LONG_MS);
    expect(await reconciles.claim(name, LONG_MS)).toBeUndefined();
    await reconciles.moveMarker(space, 1);
  });

  it('G8: whoever came too late does not say that the space is whole', async () => {
    const { late, next } = await overtaken();
    await reconciles.beginRestoring(name);
    await expect(reconciles.moveMarker(late, 1)).rejects.toThrow(ClaimLostError);
    await expect(reconciles.extend(late, LONG_MS)).rejects.toThrow(ClaimLostError);
    expect(await bench.database.sql('SELECT restoring, marker FROM spaces WHERE name = $1', [name])).toEqual([{ restoring: true, marker: '0' }]);
    await reconciles.moveMarker(next, 1);
    expect(await bench.database.sql('SELECT restoring FROM spaces WHERE name = $1', [name])).toEqual([{ restoring: false }]);
  });

  it('whoever came too late does not give away what another has', async () => {
    const { late, next } = await overtaken();
    await reconciles.release(late);
    expect(await reconciles.claim(name, LONG_MS)).toBeUndefined();
    await reconciles.release(next);
    expect(await reconciles.claim(name, LONG_MS)).toMatchObject({ name });
  });
});
