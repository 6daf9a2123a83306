import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeviceBusyError, type DeviceClaim, type DeviceLock, DeviceLostError, describeHolder, type HeldDevice } from '@cairn/common/contracts';
import { isStillThere, openLockFile, readNote, writeNote } from './lock-file.js';
import { runFlock } from './run-flock.js';

/** How often a waiter says who holds the device; it does not make the wait longer. */
const TELL_EVERY_MS = 30_000;

/**
 * The device for one process of this machine, by a lock of the kernel. It has no time-out and needs none: it ends with its holder, however that ends. A
 * holder that is stopped keeps it, since its model is still on the device.
 */
export class DeviceFileLock implements DeviceLock {
  readonly path: string;

  /** Processes that use one folder see each other's locks. */
  constructor(
    private readonly device: string,
    folder = tmpdir(),
  ) {
    this.path = join(folder, `cairn-device-${device.replace(/[^\w.-]/g, '-')}.lock`);
  }

  async acquire(claim: DeviceClaim): Promise<HeldDevice> {
    const until = performance.now() + claim.waitMs;
    for (;;) {
      const file = await openLockFile(this.path);
      try {
        await this.lock(file, claim, until);
        if (await isStillThere(file, this.path)) return await this.hold(file, claim.model);
      } catch (error) {
        await file.close();
        throw error;
      }
      await file.close();
    }
  }

  private async lock(file: FileHandle, { waitMs, signal, onWait }: DeviceClaim, until: number): Promise<void> {
    signal?.throwIfAborted();
    if (await runFlock(file, 0, signal)) return;
    for (let left = waitMs; left > 0; left = until - performance.now()) {
      onWait?.(await holderOf(file));
      if (await runFlock(file, Math.min(left, TELL_EVERY_MS), signal)) return;
    }
    throw new DeviceBusyError(this.device, waitMs, await holderOf(file));
  }

  private async hold(file: FileHandle, model: string): Promise<HeldDevice> {
    const fence = ((await readNote(file)).fence ?? 0) + 1;
    await writeNote(file, { fence, pid: process.pid, model, since: new Date().toISOString() });
    return {
      device: this.device,
      fence: String(fence),
      check: async () => {
        if (!(await isStillThere(file, this.path))) throw new DeviceLostError(this.device, `its lock ${this.path} was deleted`);
      },
      release: async () => {
        await writeNote(file, { fence }).catch(() => undefined);
        await file.close().catch(() => undefined);
      },
    };
  }
}

async function holderOf(file: FileHandle): Promise<string> {
  const { pid, model, since } = await readNote(file);
  if (pid === undefined || model === undefined || since === undefined) return 'another process';
  return describeHolder({ who: `process ${pid}`, model, since });
}
