/** Who wants a device, and how long it will wait for it. */
export interface DeviceClaim {
  model: string;
  waitMs: number;
  signal?: AbortSignal;
  /** Is told from time to time who holds the device that is waited for. */
  onWait?: (holder: string) => void;
}

/** A way to have a device (a GPU, or the processors of a machine) for one model at a time. */
export interface DeviceLock {
  /** Rejects with a DeviceBusyError when others had the device all the time. */
  acquire(claim: DeviceClaim): Promise<HeldDevice>;
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
