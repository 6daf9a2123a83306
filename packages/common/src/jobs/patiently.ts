import { DependencyError } from '../errors/catalogue.js';

export interface Patience {
  signal: AbortSignal;
  forMs: number;
}

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 2_000;

/** Repeats `work` while a service it needs is away, so that a short outage costs a job neither its attempt nor its work so far. */
export async function patiently<T>(patience: Patience, work: () => Promise<T>): Promise<T> {
  const until = Date.now() + patience.forMs;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    patience.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || Date.now() + waitMs > until) throw error;
    }
    await pause(waitMs * (0.8 + Math.random() * 0.4), patience.signal);
  }
}

/** An outage, or a commit whose outcome is unknown: the statements of the protocol can be sent again, the lease decides what they do. */
export function isPassing(error: unknown): boolean {
  return error instanceof DependencyError || (error as { code?: unknown } | null)?.code === 'outcome_unknown';
}

/** Resolves after the time, or when the signal is aborted; at once when it was aborted before, since a signal tells nobody twice. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done, { once: true });
  });
}
