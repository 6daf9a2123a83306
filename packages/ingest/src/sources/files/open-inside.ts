import { constants } from 'node:fs';
import { type FileHandle, open, readlink } from 'node:fs/promises';

const { O_RDONLY, O_NONBLOCK, O_NOCTTY, O_NOFOLLOW, O_DIRECTORY } = constants;

// Without O_NONBLOCK a pipe that nobody writes to is waited for without end.
const FLAGS = O_RDONLY | O_NONBLOCK | O_NOCTTY;

export interface OpenChoice {
  /** Real paths, without a slash at their end; what was opened must be below one of them. */
  roots: readonly string[];
  /** Whether links on the way may be followed. If not, what was opened must be at exactly this path. */
  follow: boolean;
  folder?: boolean;
}

export const isInside = (path: string, roots: readonly string[]): boolean =>
  roots.some((root) => path === root || path.startsWith(root === '/' ? root : `${root}/`));

/** A path of the kernel's that means the opened thing itself, wherever it has been moved to since. */
export const descriptorPath = (handle: FileHandle): string => `/proc/self/fd/${handle.fd}`;

/** What was opened is not where it may be. */
export class LeadsOutError extends Error {
  constructor() {
    super('what was opened is somewhere else');
    this.name = 'LeadsOutError';
  }
}

/**
 * Opens a path and asks the kernel what it is that was opened. Whoever swaps a folder for a link between any two steps gets a
 * LeadsOutError: a path that was looked at before it was opened proves nothing.
 */
export async function openInside(path: string, { roots, follow, folder = false }: OpenChoice): Promise<FileHandle> {
  const handle = await open(path, FLAGS | (follow ? 0 : O_NOFOLLOW) | (folder ? O_DIRECTORY : 0));
  try {
    const real = await readlink(descriptorPath(handle));
    if (!isInside(real, roots) || (!follow && real !== path)) throw new LeadsOutError();
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}
