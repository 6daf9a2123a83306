import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DependencyError, DeviceLostError, type LeasedDevice } from '@cairn/common/contracts';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { BUILT_IN_MODEL, type InstalledModel, type LeaseEvent, ModelPool, type ModelPoolOptions, type OnnxModel } from '../../dist/index.js';
import { installTinyClip } from '../fixtures/install-tiny-clip.js';
import { BUILT_IN_FOLDER } from '../fixtures/reference.js';
import { plainPicture } from '../fixtures/tiny-clip.js';

const named = (id: string): OnnxModel => ({ ...BUILT_IN_MODEL, id, aliases: [], folder: BUILT_IN_FOLDER });
const FOR_AN_HOUR = 3_600_000_000_000n;

/** A device that nobody else has, and whose lease the test can take away. */
class Device implements LeasedDevice {
  readonly device = 'gpu';
  readonly sureUntil = new BigInt64Array(new SharedArrayBuffer(8));
  readonly losing = new AbortController();
  wanted = false;
  released = false;

  constructor(readonly fence: string) {
    Atomics.store(this.sureUntil, 0, process.hrtime.bigint() + FOR_AN_HOUR);
  }

  get lost(): AbortSignal {
    return this.losing.signal;
  }

  async check(): Promise<void> {
    this.lost.throwIfAborted();
  }

  async release(): Promise<void> {
    this.released = true;
  }

  /** As the process finds things when it was stopped for longer than the lease: threads go on first. */
  runOut(): void {
    Atomics.store(this.sureUntil, 0, 0n);
  }

  lose(): void {
    this.runOut();
    this.losing.abort(new DeviceLostError(this.device, 'another has taken its lease'));
  }
}

describe('models that share a device', () => {
  let pool: ModelPool;
  let events: LeaseEvent[];
  let held: Device[];
  const folder = mkdtempSync(join(tmpdir(), 'cairn-turns-'));
  /** The process is stopped for longer than the lease while it loads a model. */
  let wakesLate: boolean;
  afterEach(() => pool.stop());
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // The last model that was tried, b, has the device afterwards.
  const start = async ({
    turnMs = 60_000,
    idleMs = 0,
    models = [named('a'), named('b')],
    ...faults
  }: Partial<ModelPoolOptions> & { turnMs?: number; models?: InstalledModel[] } = {}) => {
    events = [];
    held = [];
    wakesLate = false;
    const acquire = async ({ signal }: { signal?: AbortSignal }) => {
      signal?.throwIfAborted();
      if (held.some(({ released }) => !released)) throw new Error('the device was asked for twice');
      const device = new Device(String(held.length + 1));
      if (wakesLate) device.runOut();
      held.push(device);
      return device;
    };
    const device = { lock: { acquire }, turnMs, onLease: (event: LeaseEvent) => events.push(event) };
    pool = await ModelPool.start(models, { threads: 1, memoryBytes: 1, idleMs, device, ...faults });
  };
  const embed = (id: string) => pool.use(id, async (runtime) => (await runtime.embedDocuments(['a text']))[0]?.vector);
  const told = () => events.map(({ event_type, model, fence }) => `${event_type} ${model} ${fence}`);
  const loaded = () => pool.info().flatMap(({ model, loaded }) => (loaded ? [model] : []));
  const holder = () => held.at(-1) as Device;

  it('E12: one model at a time is in memory, only while the device is held for it, and acquire and release alternate', async () => {
    await start();
    const vectors = await Promise.all([embed('a'), embed('b'), embed('a'), embed('b')]);
    expect(vectors.map((vector) => vector?.length)).toEqual([384, 384, 384, 384]);
    expect(loaded()).toHaveLength(1);
    await pool.stop();
    expect(loaded()).toEqual([]);
    const acquired = told().filter((event) => event.startsWith('acquire'));
    expect(told()).toEqual(acquired.flatMap((event) => [event, event.replace('acquire', 'release')]));
    expect(acquired.length).toBeGreaterThan(2);
  }, 60_000);

  it('E12: a model stays on the device while nobody else wants it, and leaves when another worker does', async () => {
    await start();
    await embed('a');
    const turn = pool.turn();
    expect(turn).toMatchObject({ model: 'a', waiting: 0 });
    await embed('a');
    expect(pool.turn()).toEqual(turn);
    holder().wanted = true;
    while (pool.turn()?.model !== undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(holder().released).toBe(true);
  }, 60_000);

  it('E12: a model that is always in use gives way when its turn is over', async () => {
    await start({ turnMs: 300 });
    let stop = false;
    const keepBusy = async () => {
      while (!stop) await embed('a');
    };
    const busy = Promise.all([keepBusy(), keepBusy()]);
    expect(await embed('b')).toHaveLength(384);
    stop = true;
    await busy;
  }, 60_000);

  it('E12: what is computed when the lease may have run out is thrown away, and can be asked for again', async () => {
    await start();
    await embed('a');
    holder().runOut();
    const failed = await embed('a').catch((error) => error);
    expect(failed).toBeInstanceOf(DependencyError);
    expect(failed.message).toContain('The device is no longer held');
    holder().lose();
    while (pool.turn()?.model !== undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    const before = held.length;
    expect(await embed('a')).toHaveLength(384);
    expect(held).toHaveLength(before + 1);
    expect(told().slice(-2)).toEqual([`lost a ${before}`, `acquire a ${before + 1}`]);
  }, 60_000);

  it.each([
    ['renewed-session.worker.mjs', 'even when the device is ours again'],
    ['dying-session.worker.mjs', 'even when the thread cannot say so'],
  ])(
    'E12: %s: a model that could not be loaded for want of the device is not refused, %s',
    async (fixture) => {
      await start({ threadEntry: pathToFileURL(join(import.meta.dirname, '..', 'fixtures', fixture)) });
      wakesLate = true;
      const failed = await embed('a').catch((error) => error);
      expect(failed).toBeInstanceOf(DependencyError);
      expect(failed.message).toBe('The device gpu was lost while the model a was loaded.');
      wakesLate = false;
      expect(await embed('a')).toHaveLength(384);
    },
    60_000,
  );

  it('E12: a wait for the device ends with its signal', async () => {
    await start();
    const abort = new AbortController();
    const kept = pool.use('b', () => new Promise<void>((resolve) => setTimeout(resolve, 500)));
    const waiting = pool.use('a', async () => 'computed', { signal: abort.signal });
    abort.abort(new Error('no longer wanted'));
    await expect(waiting).rejects.toThrow('no longer wanted');
    await kept;
    await expect(pool.use('a', async () => 'computed', { signal: abort.signal })).rejects.toThrow('no longer wanted');
  }, 60_000);

  it('E12: the two towers of a model take turns like two models, and what either computes without the device is thrown away', async () => {
    await start({ models: [await installTinyClip(folder, 'tiny')] });
    const parts = () => pool.info().flatMap(({ part, loaded }) => (loaded ? [part] : []));
    const see = (signal?: AbortSignal) =>
      pool.useVision('tiny', async (runtime) => (await runtime.embedImages([plainPicture([1, 0, 0])]))[0]?.length, signal && { signal });
    expect(parts()).toEqual(['vision-tower']);
    const kept = pool.useVision('tiny', () => new Promise<void>((resolve) => setTimeout(resolve, 300)));
    const text = embed('tiny');
    await kept;
    expect([await text, parts()]).toEqual([expect.objectContaining({ length: 8 }), ['text-tower']]);
    await expect(see(AbortSignal.abort(new Error('no longer wanted')))).rejects.toThrow('no longer wanted');
    expect([await see(), parts()]).toEqual([8, ['vision-tower']]);
    expect(told().slice(-3)).toEqual([`acquire tiny ${held.length - 1}`, `release tiny ${held.length - 1}`, `acquire tiny ${held.length}`]);
    holder().runOut();
    await expect(see()).rejects.toThrow('The device is no longer held');
    holder().lose();
  }, 60_000);

  it('E12: whoever waits when the pool stops is told', async () => {
    await start();
    const kept = pool.use('b', () => new Promise<void>((resolve) => setTimeout(resolve, 100)));
    const waiting = embed('a');
    await Promise.all([pool.stop(), kept, expect(waiting).rejects.toThrow('stopping')]);
  }, 60_000);
});
