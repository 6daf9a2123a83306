import { mkdir, open, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { whenAbsent } from './blob-error.js';

/** Makes the folder's entries outlive a power cut: a file that was renamed into it is found again. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder for nobody but us, and its parents; each that is new is on disk when this resolves. Not by Node's `recursive`, which never ends where nothing can be made (/proc). */
export async function makeFolder(folder: string): Promise<void> {
  if (await makeOne(folder)) return;
  await makeFolder(dirname(folder));
  if (!(await makeOne(folder))) throw Object.assign(new Error('No folder can be made there'), { code: 'ENOENT' });
}

/** Makes a folder for nobody but us, or finds it there; false when its parent is missing. */
export async function makeOne(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST' && code !== 'ENOENT') throw error;
    return code === 'EEXIST';
  }
  await syncFolder(dirname(folder));
  return true;
}

/** Refuses a folder that is reached through a link: it would lead out of the store. One that is not there passes. */
export async function refuseLinks(folder: string): Promise<void> {
  if ((await realpath(folder).catch(whenAbsent(folder))) !== folder)
    throw new Error('A folder of the blob store is a symbolic link. Put the folder itself there.');
}
