import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type DeviceLease, DeviceLeasesRepository, DeviceLostError, DeviceTableLock } from '@cairn/common';
import { DeviceFileLock } from '@cairn/models';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '../system/wait.js';
import { ProtocolBench } from './protocol-bench.js';

jest.setTimeout(30_000);

let bench: ProtocolBench;
beforeAll(async () => {
  bench = await ProtocolBench.open();
}, 60_000);
afterAll(() => bench?.close());

const NOT_WANTED = { wanted: false };

let device: string;
beforeEach(() => {
  device = `gpu-${randomUUID()}`;
});

const leases = (leaseMs?: number) => new DeviceLeasesRepository(bench.worker, leaseMs);
const take = async (holder = 'somebody'): Promise<DeviceLease> => {
  const lease = await leases().take(device, holder);
  if (!lease) throw new Error(`${device} is not free`);
  return lease;
};
const isHeldBy = (lease: DeviceLease) =>
  bench.worker
    .system((sql) => leases().assertHeld(sql, lease))
    .then(
      () => true,
      (error) => (error instanceof DeviceLostError ? false : Promise.reject(error)),
    );
/** Lets the lease run out without waiting for it. */
const expire = () => bench.database.sql(`UPDATE device_leases SET lease_until = clock_timestamp() - interval '1 ms' WHERE device = $1`, [device]);

describe('the lease of a device', () => {
  it('E12: of eight who want a device at the same moment one gets it, also when it was held before', async () => {
    const fences: string[] = [];
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all(Array.from({ length: 8 }, (_, at) => leases().take(device, `taker ${at}`)));
      const taken = answers.filter((lease) => lease !== undefined);
      expect(taken).toHaveLength(1);
      fences.push((taken[0] as DeviceLease).fence);
      await (round % 2 === 0 ? expire() : leases().release(taken[0] as DeviceLease));
    }
    expect(fences).toEqual(Array.from({ length: 10 }, (_, at) => String(at + 1)));
  });

  it('E12: one that is held is not given to another, and says who holds it', async () => {
    const lease = await take('process 7 with the model m');
    expect(await leases().take(device, 'another')).toBeUndefined();
    expect(await leases().want(device)).toBe('process 7 with the model m');
    expect(await isHeldBy(lease)).toBe(true);
    await leases().release(lease);
    expect(await leases().want(device)).toBeUndefined();
  });

  it('E12: one that ran out goes to the next with a higher fence, and its old holder can do nothing any more', async () => {
    const old = await take();
    await expire();
    const next = await take();
    expect(BigInt(next.fence)).toBeGreaterThan(BigInt(old.fence));
    expect(next.token).not.toBe(old.token);
    expect([await leases().renew(old), await leases().release(old), await isHeldBy(old)]).toEqual([undefined, false, false]);
    expect([await leases().renew(next), await isHeldBy(next), await leases().take(device, 'another')]).toEqual([NOT_WANTED, true, undefined]);
  });

  it('E12: one that ran out and that nobody wanted is still its holder’s', async () => {
    const lease = await take();
    await expire();
    expect([await isHeldBy(lease), await leases().renew(lease)]).toEqual([true, NOT_WANTED]);
    expect(await leases().take(device, 'another')).toBeUndefined();
  });

  it('E12: a renewal that comes after the release does not take the device again', async () => {
    const lease = await take();
    await leases().release(lease);
    expect([await leases().renew(lease), await isHeldBy(lease)]).toEqual([undefined, false]);
    expect((await take()).fence).toBe('2');
  });

  it('E12: nobody can take the device between the question whether it is held and the commit of what was computed', async () => {
    const lease = await take();
    await expire();
    let taken: DeviceLease | undefined;
    let taking: Promise<unknown> = Promise.resolve();
    await bench.worker.system(async (sql) => {
      await leases().assertHeld(sql, lease);
      taking = leases()
        .take(device, 'another')
        .then((other) => {
          taken = other;
        });
      await until('the taker to wait for us', async () => {
        const waiting = await bench.database.sql(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
        return waiting.length > 0;
      });
      expect(taken).toBeUndefined();
    });
    await taking;
    expect(taken?.fence).toBe('2');
  });
});

describe('the lock of a device across machines', () => {
  const lock = (leaseMs?: number, who = 'process 1') => new DeviceTableLock(leases(leaseMs), { device, who });

  it('E12: is renewed while its holder works, so that it outlasts its time', async () => {
    const held = await lock(300).acquire({ model: 'm', waitMs: 0 });
    const renewals = async () =>
      (await bench.database.sql<{ late: boolean }>(`SELECT lease_until > $2::timestamptz + interval '1 s' AS late FROM device_leases WHERE device = $1`, [
        device,
        began,
      ])) as [{ late: boolean }];
    const [{ began }] = (await bench.database.sql<{ began: string }>('SELECT clock_timestamp()::text AS began')) as [{ began: string }];
    await until('the lease to be renewed for longer than its time', async () => (await renewals())[0].late);
    await held.check();
    expect(await leases().take(device, 'another')).toBeUndefined();
    await held.release();
  });

  it('E12: a waiter is told who has it, takes it when it comes free, and gives up when it does not', async () => {
    const held = await lock().acquire({ model: 'm', waitMs: 0 });
    const who = /^process 1 with the model m since \d{4}-/;
    await expect(lock().acquire({ model: 'other', waitMs: 0 })).rejects.toThrow(/did not come free within 0 s: process 1 with the model m since/);
    const seen: string[] = [];
    const onWait = (holder: string) => {
      seen.push(holder);
      void held.release();
    };
    const next = await lock().acquire({ model: 'other', waitMs: 20_000, onWait });
    expect([seen, next.fence]).toEqual([[expect.stringMatching(who)], '2']);
    await next.release();
  });

  it('E12: what was computed is published in the transaction that finds the device held, and not after it was lost or given back', async () => {
    const own = lock();
    const publish = () => bench.worker.system((sql) => own.assertHeld(sql));
    const held = await own.acquire({ model: 'm', waitMs: 0 });
    await publish();
    await expire();
    const next = await take();
    await expect(publish()).rejects.toThrow(DeviceLostError);
    await expect(held.check()).rejects.toThrow('another has taken its lease');
    await held.release();
    expect(await isHeldBy(next)).toBe(true);
    await expect(publish()).rejects.toThrow('it was given back');
  });

  it('E12: a wait ends when it is aborted', async () => {
    const held = await lock().acquire({ model: 'm', waitMs: 0 });
    const abort = new AbortController();
    const waiting = lock().acquire({ model: 'm', waitMs: 20_000, signal: abort.signal, onWait: () => abort.abort(new Error('no longer wanted')) });
    await expect(waiting).rejects.toThrow('no longer wanted');
    await held.release();
  });
});

describe('both locks of a device', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-both-'));
  let child: ChildProcess;
  afterAll(() => {
    child?.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  it('E12: a holder that is stopped keeps its machine’s lock, loses the lease, and throws its work away when it goes on', async () => {
    device = 'gpu';
    const LEASE_MS = 1_000;
    child = spawn(process.execPath, [join(import.meta.dirname, 'fixtures/hold-both-locks.mjs'), bench.database.urls.workerUrl, folder, String(LEASE_MS)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const told: unknown[] = [];
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => told.push(JSON.parse(line)));
    await until('the process to hold the device', async () => told.length > 0);
    const file = new DeviceFileLock(device, folder);
    await expect(file.acquire({ model: 'm', waitMs: 0 })).rejects.toThrow(`process ${child.pid} with the model slow`);
    expect(await leases().take(device, 'another')).toBeUndefined();
    child.kill('SIGSTOP');
    const next = await until('the lease to run out', () => leases().take(device, 'another'));
    expect(next.fence).toBe('2');
    await expect(file.acquire({ model: 'm', waitMs: 0 })).rejects.toThrow('did not come free');
    child.kill('SIGCONT');
    await once(child, 'close');
    expect(told).toEqual([
      { event_type: 'acquire', fence: '1' },
      { event_type: 'release', fence: '1' },
      { error: 'DeviceLostError', message: expect.stringContaining('another has taken its lease. What was computed on it was thrown away') },
    ]);
    expect(await isHeldBy(next)).toBe(true);
    await (await file.acquire({ model: 'm', waitMs: 0 })).release();
  });
});
