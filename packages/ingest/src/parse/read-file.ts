import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { notAFile, tooManyBytes } from './parse-refused.js';

/** The bytes of a regular file, and no more of them than allowed, whatever it says its size is. A pipe is not waited for. */
export async function readRegularFile(path: string, maxBytes: number): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size } = await sizeOf(file);
    if (size > maxBytes) throw tooManyBytes(maxBytes);
    const bytes = Buffer.alloc(size);
    const { bytesRead } = await file.read(bytes, 0, size, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function sizeOf(file: FileHandle): Promise<{ size: number }> {
  const facts = await file.stat();
  if (!facts.isFile()) throw notAFile();
  return facts;
}
