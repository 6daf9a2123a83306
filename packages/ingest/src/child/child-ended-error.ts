import type { ChildLimits } from './child-limits.js';

/** `memory`, `cpu` and `output` will come again with the same input; `time` and `crash` need not. */
export type ChildEnd = 'memory' | 'cpu' | 'time' | 'output' | 'crash';

const MESSAGES: Record<ChildEnd, (limits: ChildLimits) => string> = {
  memory: ({ memoryMb }) => `Reading this file needs more than ${memoryMb} MB of memory, so it was given up.`,
  cpu: ({ cpuSeconds }) => `Reading this file takes more than ${cpuSeconds} seconds of computing, so it was given up.`,
  time: ({ wallSeconds }) => `Reading this file took longer than ${wallSeconds} seconds, so it was given up.`,
  output: ({ outputBytes }) => `Reading this file gives more than ${Math.round(outputBytes / 1e6)} MB of text, so it was given up.`,
  crash: () => 'The process that was reading this file broke down.',
};

/** A child process did not answer. What it said at its end is the cause. */
export class ChildEndedError extends Error {
  readonly reason: ChildEnd;

  constructor(reason: ChildEnd, limits: ChildLimits, cause?: unknown) {
    super(MESSAGES[reason](limits), { cause });
    this.name = 'ChildEndedError';
    this.reason = reason;
  }
}
