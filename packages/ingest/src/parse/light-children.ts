import { availableParallelism } from 'node:os';
import { SharedChildren } from '../child/shared-children.js';

const MOST = 4;

/** Processes that read small files of light formats, one after the other. */
export function lightChildren(): SharedChildren {
  return new SharedChildren({
    entry: new URL('./parse-light.process.js', import.meta.url),
    limits: { memoryMb: 512, cpuSeconds: 60, wallSeconds: 10, outputBytes: 16_000_000 },
    most: Math.min(MOST, availableParallelism()),
    tasksEach: 1_000,
    idleSeconds: 10,
  });
}
