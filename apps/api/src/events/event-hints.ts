import { pause, type Subjects } from '@cairn/common';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';

/** Wakes those who wait for an organisation's events. A hint that never comes costs one poll. */
export class EventHints {
  private readonly sleepers = new Map<string, Set<AbortController>>();
  private readonly subscription: Subscription;

  constructor(connection: NatsConnection, subjects: Subjects) {
    this.subscription = connection.subscribe(subjects.events, {
      callback: (error, message) => {
        if (!error) this.wake(orgIdsOf(message));
      },
    });
  }

  close(): void {
    this.subscription.unsubscribe();
  }

  /** Resolves at the next hint for the organisation, after `ms`, or when the signal is aborted. */
  async wait(orgId: string, ms: number, signal: AbortSignal): Promise<void> {
    const sleeper = new AbortController();
    const onAbort = () => sleeper.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    const sleepers = this.sleepers.get(orgId) ?? new Set();
    this.sleepers.set(orgId, sleepers.add(sleeper));
    try {
      if (!signal.aborted) await pause(ms, sleeper.signal);
    } finally {
      signal.removeEventListener('abort', onAbort);
      sleepers.delete(sleeper);
      if (sleepers.size === 0) this.sleepers.delete(orgId);
    }
  }

  private wake(orgIds: string[]): void {
    for (const orgId of orgIds) for (const sleeper of this.sleepers.get(orgId) ?? []) sleeper.abort();
  }
}

// An error thrown in a callback of the connection would end its reader: what is no hint is passed over.
function orgIdsOf(message: Msg): string[] {
  try {
    const orgIds: unknown = message.json();
    return Array.isArray(orgIds) ? orgIds : [];
  } catch {
    return [];
  }
}
