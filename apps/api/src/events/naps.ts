import type { EventHints } from './event-hints.js';

const POLL_MS = 1_000;
// A hint can come before the event is below the oldest running transaction: look again soon, then fall back to polling.
const LOOKS_AFTER_HINT_MS = [15, 60, 200];

/** The pauses of a reader between two looks. */
export class Naps {
  private looks: number[] = [];

  /** Resolves when there may be something new for the organisation. `found` says whether the last look found anything. */
  async until(hints: EventHints, orgId: string, found: boolean, signal: AbortSignal): Promise<void> {
    const startedAt = Date.now();
    if (found) this.looks = [];
    const ms = this.looks.shift() ?? POLL_MS;
    await hints.wait(orgId, ms, signal);
    if (Date.now() - startedAt < ms) this.looks = [...LOOKS_AFTER_HINT_MS];
  }
}
