/** A reader that takes nothing of what was written for so long is dropped; it resumes from its last id. */
const PATIENCE_MS = 10_000;

/**
 * Waits until `tell` calls back, which says that the reader took what was written: so a slow reader costs one event of memory and not all
 * that happens meanwhile. Rejects when that takes too long or the stream is over.
 */
export function untilTaken(signal: AbortSignal, tell: (taken: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(new Error('the reader is too slow')), PATIENCE_MS);
    const onAbort = () => settle(new Error('the stream is over'));
    const settle = (error?: Error) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      if (error) reject(error);
      else resolve();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    tell(() => settle());
  });
}
