/** Who wants a device, and how long it will wait for it. */
export interface DeviceClaim {
  model: string;
  waitMs: number;
  signal?: AbortSignal;
  /** Is told from time to time who holds the device that is waited for. */
  onWait?: (holder: string) => void;
}

/** A way to have a device (a GPU, or the processors of a machine) for one model at a time. */
export interface DeviceLock<Held extends HeldDevice = HeldDevice> {
  /** Rejects with a DeviceBusyError when others had the device all the time. */
  acquire(claim: DeviceClaim): Promise<Held>;
}

/** A device that is ours until it is released, or lost. */
export interface HeldDevice {
  readonly device: string;
  /** Counts up each time that the device is taken. */
  readonly fence: string;
  /** Rejects with a DeviceLostError when another may use the device by now: what was computed since the last check must be thrown away. */
  check(): Promise<void>;
  /** Never rejects: what cannot be given back comes free by itself. */
  release(): Promise<void>;
}

/** A device that is leased for a time, which renewals make longer. */
export interface LeasedDevice extends HeldDevice {
  /** Until when nobody else can have it, whatever happens: by `process.hrtime.bigint()`, in memory that the threads of a process share. */
  readonly sureUntil: BigInt64Array;
  /** Whether somebody else waited for it at the last renewal. */
  readonly wanted: boolean;
  /** Aborted when another has taken it, with a DeviceLostError. */
  readonly lost: AbortSignal;
}

/** Says of a holder, for people, who it is and since when. */
export function describeHolder({ who, model, since }: { who: string; model: string; since: string }): string {
  return `${who} with the model ${model} since ${since}`;
}

export class DeviceBusyError extends Error {
  constructor(device: string, waitedMs: number, holder: string) {
    super(`The device ${device} did not come free within ${Math.round(waitedMs / 1_000)} s: ${holder} holds it. Wait until that has ended, or end it.`);
    this.name = 'DeviceBusyError';
  }
}

/** The device is no longer ours. Stop; what was computed on it may not be published. */
export class DeviceLostError extends Error {
  constructor(device: string, reason: string) {
    super(`The device ${device} is no longer held: ${reason}. What was computed on it was thrown away; run it again.`);
    this.name = 'DeviceLostError';
  }
}
