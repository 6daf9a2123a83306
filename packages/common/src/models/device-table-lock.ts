import type { Sql } from '../data/database.js';
import { patiently, pause } from '../jobs/patiently.js';
import type { DeviceLease, DeviceLeasesRepository } from './device-leases.repository.js';
import { DeviceBusyError, type DeviceClaim, type DeviceLock, DeviceLostError, describeHolder } from './device-lock.js';
import { RenewedDevice } from './renewed-device.js';

const ASK_EVERY_MS = 500;
/** Who gave the device back to those that waited asks again when each of them has asked: otherwise it would have it again at once. */
const GIVE_WAY_MS = 2 * ASK_EVERY_MS;
const NEVER_ABORTED = new AbortController().signal;

/** The device for one process of all that use this database. A holder that is paused for longer than a lease loses it to the next one who asks. */
export class DeviceTableLock implements DeviceLock<RenewedDevice> {
  private lease: DeviceLease | undefined;
  private giveWayUntil = 0;

  constructor(
    private readonly leases: DeviceLeasesRepository,
    /** `who` says for people which process this is. */
    private readonly own: { device: string; who: string },
  ) {}

  async acquire({ model, waitMs, signal = NEVER_ABORTED, onWait }: DeviceClaim): Promise<RenewedDevice> {
    const until = performance.now() + waitMs;
    await pause(Math.min(waitMs, this.giveWayUntil - performance.now()), signal);
    for (let told: string | undefined; ; ) {
      const left = until - performance.now();
      const answer = await patiently({ signal, forMs: left }, () => this.ask(model));
      if (typeof answer !== 'string') return answer;
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

  /** The device, or who has it. */
  private async ask(model: string): Promise<RenewedDevice | string> {
    const { device, who } = this.own;
    const askedAt = process.hrtime.bigint();
    const lease = await this.leases.take(device, describeHolder({ who, model, since: new Date().toISOString() }));
    if (lease === undefined) return (await this.leases.want(device)) ?? 'another process';
    this.lease = lease;
    return new RenewedDevice(this.leases, lease, askedAt, (held) => this.forget(lease, held));
  }

  private forget(lease: DeviceLease, { wanted }: RenewedDevice): void {
    if (this.lease === lease) this.lease = undefined;
    if (wanted) this.giveWayUntil = performance.now() + GIVE_WAY_MS;
  }
}
