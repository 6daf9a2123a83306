import { existsSync } from 'node:fs';

/** What a child process may use before it is stopped. */
export interface ChildLimits {
  /** What it may allocate, Node itself (100 MB) among it. */
  memoryMb: number;
  /** Computing time of all its threads. */
  cpuSeconds: number;
  wallSeconds: number;
  outputBytes: number;
  /** How large a file it may write; left out, it writes none. */
  fileBytes?: number;
}

const PRLIMIT = ['/usr/bin/prlimit', '/bin/prlimit'].find((path) => existsSync(path));
const KILLED_AFTER_SECONDS = 2;

/** False where the system has no `prlimit` (util-linux): then memory and computing time are not limited, only time and output. Worth a warning at the start of a service. */
export const canLimitMemory: boolean = PRLIMIT !== undefined;

/**
 * The command that runs node within the limits. `--data` and not V8's own limit: that one does not count buffers, nor what libraries allocate.
 * Not `--as` either: V8 and WebAssembly reserve gigabytes of addresses that they never use. No file can be written unless that was asked for, and no core dumped.
 */
export function limitedNode({ memoryMb, cpuSeconds, fileBytes = 0 }: ChildLimits, args: string[]): [command: string, args: string[]] {
  if (PRLIMIT === undefined) return [process.execPath, args];
  const cpu = `--cpu=${cpuSeconds}:${cpuSeconds + KILLED_AFTER_SECONDS}`;
  return [PRLIMIT, [`--data=${memoryMb * 1024 * 1024}`, cpu, `--fsize=${fileBytes}`, '--core=0', '--', process.execPath, ...args]];
}
