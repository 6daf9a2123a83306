import type { HeldDevice } from '@cairn/common/contracts';

/** That a device was taken for a model, or given back. Those of one holder alternate. */
export interface LeaseEvent {
  /** `lost`: another took it while the holder was paused; instead of `release`. */
  event_type: 'acquire' | 'release' | 'lost';
  model: string;
  /** ISO 8601, within the time that the device was held. */
  timestamp: string;
  device: string;
  fence: string;
  /** How long the device was waited for; of `acquire` only. */
  waited_ms?: number;
}

/** That this happens now. */
export function eventOf(event_type: LeaseEvent['event_type'], { id }: { id: string }, { device, fence }: HeldDevice): LeaseEvent {
  return { event_type, model: id, timestamp: new Date().toISOString(), device, fence };
}
