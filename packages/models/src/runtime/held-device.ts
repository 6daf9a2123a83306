/** It was computed, or failed, while another may have had the device: its result is worth nothing, and its failure says nothing about the model. */
export class DeviceNotHeldError extends Error {
  constructor() {
    super('The device is no longer held for it');
    this.name = 'DeviceNotHeldError';
  }
}

/** Whether the device is certainly ours at this moment; always where none is shared. */
export function isDeviceHeld(sureUntil: BigInt64Array | undefined): boolean {
  return sureUntil === undefined || process.hrtime.bigint() < Atomics.load(sureUntil, 0);
}
