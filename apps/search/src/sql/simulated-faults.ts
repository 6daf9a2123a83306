import { DependencyError, type NamedIndex } from '@cairn/common';

/** Collections whose requests fail, or are not answered until nobody waits any more: for clients that test how they take it. */
export interface Simulated {
  fail: readonly string[];
  hang: readonly string[];
}

export const NO_FAULTS: Simulated = { fail: [], hang: [] };

/** Does what was asked for instead of asking the store; undefined for the others. */
export function simulatedFault({ collectionName }: NamedIndex, { fail, hang }: Simulated): ((signal: AbortSignal) => Promise<never>) | undefined {
  if (fail.includes(collectionName))
    return () => Promise.reject(new DependencyError('qdrant', 'The collection cannot be reached: this was asked for by simulate.'));
  if (!hang.includes(collectionName)) return undefined;
  return (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}
