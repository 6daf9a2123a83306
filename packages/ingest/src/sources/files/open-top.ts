import type { FileHandle } from 'node:fs/promises';
import type { Subject } from '../../refused.js';
import { notAFolder, notThere } from '../source-refused.js';
import { openInside } from './open-inside.js';
import type { Place } from './place.js';

/** The folder that a source is about, open; what is wrong with it is the source's fault. */
export function openTop({ path, roots }: Place, subject: Subject): Promise<FileHandle> {
  return openInside(path, { roots, follow: false, folder: true }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOTDIR' ? notAFolder(subject) : notThere(subject, error);
  });
}
