import { constants, setPriority } from 'node:os';

/**
 * For a thread, or a process, that works on documents: a search beside it gets the processor when it needs it (ADR 42). Linux counts priority by thread,
 * and threads that this one starts inherit it.
 */
export function leaveOthersTheProcessor(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Where that is forbidden all are equal.
  }
}
