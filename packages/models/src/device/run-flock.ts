import { spawn } from 'node:child_process';
import type { FileHandle } from 'node:fs/promises';

const TAKEN_BY_ANOTHER = 75;

/**
 * Locks an open file by the command `flock`, as Node cannot: the lock belongs to the open file, so it outlives the command and ends when the file is
 * closed or our process dies. False when another has it after `waitMs`; who waits longest is the next.
 */
export async function runFlock(file: FileHandle, waitMs: number, signal?: AbortSignal): Promise<boolean> {
  const wait = waitMs > 0 ? ['-w', String(Math.ceil(waitMs) / 1_000)] : ['-n'];
  const code = await exitCodeOf([...wait, '-E', String(TAKEN_BY_ANOTHER), '-x', '3'], file.fd, signal);
  if (code === 0 || code === TAKEN_BY_ANOTHER) return code === 0;
  throw new Error(`The command flock could not lock the file of a device: it ended with code ${code}. The folder of the locks must be on a local disk.`);
}

function exitCodeOf(args: string[], fd: number, signal: AbortSignal | undefined): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn('flock', args, { stdio: ['ignore', 'ignore', 'ignore', fd], signal });
    child.once('exit', resolve);
    child.once('error', (error: NodeJS.ErrnoException) => reject(signal?.aborted ? signal.reason : reasonOf(error)));
  });
}

function reasonOf(error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ENOENT') return error;
  return new Error('The command flock is missing, and without it a device cannot be held for one model. It is in the package util-linux: install that.', {
    cause: error,
  });
}
