import type { Sql } from '../data/database.js';
import { patiently, pause } from '../jobs/patiently.js';
import type { DeviceLease, DeviceLeasesRepository } from './device-leases.repository.js';
import { DeviceBusyError, type DeviceClaim, type DeviceLock, DeviceLostError, describeHolder, type HeldDevice } from './device-lock.js';

const ASK_EVERY_MS = 500;
const NEVER_ABORTED = new AbortController().signal;

/** The device for one process of all that use this database. A holder that is paused for longer than a lease loses it to the next one who asks. */
export class DeviceTableLock implements DeviceLock {
  private lease: DeviceLease | undefined;

  constructor(
    private readonly leases: DeviceLeasesRepository,
    /** `who` says for people which process this is. */
    private readonly own: { device: string; who: string },
  ) {}

  async acquire({ model, waitMs, signal = NEVER_ABORTED, onWait }: DeviceClaim): Promise<HeldDevice> {
    const until = performance.now() + waitMs;
    for (let told: string | undefined; ; ) {
      const left = until - performance.now();
      const answer = await patiently({ signal, forMs: left }, () => this.ask(model));
      if (typeof answer !== 'string') return this.hold(answer, signal);
      if (left <= 0) throw new DeviceBusyError(this.own.device, waitMs, answer);
      if (answer !== told) onWait?.(answer);
      told = answer;
      await pause(Math.min(left, ASK_EVERY_MS), signal);
    }
  }

  /** To be called in the transaction that publishes what was computed since the device was taken; throws a DeviceLostError when it is not ours. */
  async assertHeld(sql: Sql): Promise<void> {
    if (!this.lease) throw new DeviceLostError(this.own.device, 'it was given back');
    await this.leases.assertHeld(sql, this.lease);
  }

  /** The lease, or who has it. */
  private async ask(model: string): Promise<DeviceLease | string> {
    const { device, who } = this.own;
    const lease = await this.leases.take(device, describeHolder({ who, model, since: new Date().toISOString() }));
    return lease ?? (await this.leases.holderOf(device)) ?? 'another process';
  }

  private hold(lease: DeviceLease, signal: AbortSignal): HeldDevice {
    const { leases } = this;
    this.lease = lease;
    // What cannot be renewed now is not lost: the next check asks again.
    const timer = setInterval(() => void leases.renew(lease).catch(() => undefined), leases.leaseMs / 3).unref();
    return {
      device: lease.device,
      fence: lease.fence,
      check: () => patiently({ signal, forMs: leases.leaseMs }, () => this.assertRenewed(lease)),
      release: async () => {
        clearInterval(timer);
        if (this.lease === lease) this.lease = undefined;
        await leases.release(lease).catch(() => undefined);
      },
    };
  }

  private async assertRenewed(lease: DeviceLease): Promise<void> {
    if (!(await this.leases.renew(lease))) throw new DeviceLostError(lease.device, 'another has taken its lease');
  }
}
