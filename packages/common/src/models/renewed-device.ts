import { patiently } from '../jobs/patiently.js';
import type { DeviceLease, DeviceLeasesRepository } from './device-leases.repository.js';
import { DeviceLostError, type LeasedDevice } from './device-lock.js';

/** Who waits for the device is heard at a renewal. */
const MOST_BETWEEN_RENEWALS_MS = 1_000;
const NEVER_ABORTED = new AbortController().signal;

/** A device whose lease is renewed until it is given back or lost. */
export class RenewedDevice implements LeasedDevice {
  readonly device: string;
  readonly fence: string;
  readonly sureUntil = new BigInt64Array(new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT));
  wanted = false;
  private isReleased = false;
  private readonly losing = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly leases: DeviceLeasesRepository,
    private readonly lease: DeviceLease,
    /** Before the lease was asked for, by `process.hrtime.bigint()`. */
    askedAt: bigint,
    private readonly onRelease: (held: RenewedDevice) => void,
  ) {
    this.device = lease.device;
    this.fence = lease.fence;
    this.beSureFrom(askedAt);
    // What cannot be renewed now is not lost: the next check asks again.
    const renew = () => void this.renew().catch(() => undefined);
    this.timer = setInterval(renew, Math.min(leases.leaseMs / 3, MOST_BETWEEN_RENEWALS_MS)).unref();
  }

  get lost(): AbortSignal {
    return this.losing.signal;
  }

  async check(): Promise<void> {
    await patiently({ signal: NEVER_ABORTED, forMs: this.leases.leaseMs }, () => this.renew());
    this.lost.throwIfAborted();
    if (this.isReleased) throw new DeviceLostError(this.device, 'it was given back');
  }

  async release(): Promise<void> {
    this.isReleased = true;
    this.beUnsure();
    this.onRelease(this);
    await this.leases.release(this.lease).catch(() => undefined);
  }

  private async renew(): Promise<void> {
    const askedAt = process.hrtime.bigint();
    const renewed = await this.leases.renew(this.lease);
    if (this.isReleased || this.lost.aborted) return; // the answer came too late to be true
    if (renewed === undefined) return this.lose();
    this.wanted = renewed.wanted;
    this.beSureFrom(askedAt);
  }

  private lose(): void {
    this.beUnsure();
    this.losing.abort(new DeviceLostError(this.device, 'another has taken its lease'));
  }

  private beUnsure(): void {
    clearInterval(this.timer);
    Atomics.store(this.sureUntil, 0, 0n);
  }

  // From before the question was sent: the database's time begins later, so ours ends earlier.
  private beSureFrom(askedAt: bigint): void {
    Atomics.store(this.sureUntil, 0, askedAt + BigInt(Math.round(this.leases.leaseMs * 1e6)));
  }
}
