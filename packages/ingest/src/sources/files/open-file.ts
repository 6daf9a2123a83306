import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { capBytes } from '../../cap-bytes.js';
import type { OpenOptions } from '../source.js';
import { itemGone, itemTooLarge } from '../source-refused.js';
import { type OpenChoice, openInside } from './open-inside.js';

export interface FileToOpen extends OpenChoice {
  /** Where it is, as a real path unless links are followed. */
  path: string;
  /** Its name in the source, for refusals. */
  name: string;
}

/** The bytes of a regular file that is where it is said to be when it is opened. */
export async function openFile({ path, name, ...choice }: FileToOpen, { signal, maxBytes }: OpenOptions): Promise<Readable> {
  signal?.throwIfAborted();
  const handle = await openInside(path, choice).catch((error) => {
    throw itemGone(name, error);
  });
  try {
    await assertReadable(handle, name, maxBytes);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return capBytes(handle.createReadStream({ autoClose: true, signal }), maxBytes, () => itemTooLarge(name, maxBytes));
}

async function assertReadable(handle: FileHandle, name: string, maxBytes: number): Promise<void> {
  const facts = await handle.stat();
  if (!facts.isFile()) throw itemGone(name);
  if (facts.size > maxBytes) throw itemTooLarge(name, maxBytes);
}
