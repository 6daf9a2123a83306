import { constants as bufferLimits } from 'node:buffer';
import { createHash } from 'node:crypto';
import { constants, type FileHandle, open } from 'node:fs/promises';
import type { DataFile } from '../catalogue/model.js';

/** Why a data file cannot be used; reads on after the file's name. */
export class DataFileError extends Error {}

// One read of Node ends at 2 GB.
const BYTES_PER_READ = 64 * 1024 * 1024;

/** Only a file of this very size, and never through a link. */
async function openDataFile(path: string, { size }: DataFile): Promise<FileHandle> {
  // Without NONBLOCK a pipe of this name would hold us up for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((cause: NodeJS.ErrnoException) => {
    throw new DataFileError(cause.code === 'ELOOP' ? 'is a link; the file itself must lie there' : 'cannot be read', { cause });
  });
  const found = await file.stat();
  if (found.isFile() && found.size === size) return file;
  await file.close();
  throw new DataFileError(found.isFile() ? `has ${found.size} bytes and not ${size}` : 'is not a file');
}

/** Each part of the file in memory; what `memory` gives for one part may be used again for the next. */
async function* partsOf(file: FileHandle, size: number, memory: (start: number, length: number) => Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < size; ) {
    const part = memory(start, Math.min(BYTES_PER_READ, size - start));
    const { bytesRead } = await file.read(part, 0, part.length, start);
    if (bytesRead === 0) throw new DataFileError('was made shorter while it was read');
    yield part.subarray(0, bytesRead);
    start += bytesRead;
  }
}

async function readParts(path: string, data: DataFile, memory: (start: number, length: number) => Uint8Array): Promise<void> {
  const file = await openDataFile(path, data);
  const hash = createHash('sha256');
  try {
    for await (const part of partsOf(file, data.size, memory)) hash.update(part);
  } finally {
    await file.close();
  }
  const found = hash.digest('hex');
  if (found !== data.sha256) throw new DataFileError(`is not the one that the manifest names: expected SHA-256 ${data.sha256}, found ${found}`);
}

/** The file's bytes, read once and only if they are the ones that are named: the hash is that of the memory that is given out. */
export async function readDataFile(path: string, data: DataFile): Promise<Uint8Array> {
  const most = bufferLimits.MAX_LENGTH;
  if (data.size > most) throw new DataFileError(`has ${data.size} bytes, and this version of Node.js can hold ${most} in one piece; later ones can hold more`);
  const bytes = new Uint8Array(data.size);
  await readParts(path, data, (start, length) => bytes.subarray(start, start + length));
  return bytes;
}

/** The same comparison without holding the file. */
export async function checkDataFile(path: string, data: DataFile): Promise<void> {
  const bytes = new Uint8Array(Math.min(BYTES_PER_READ, data.size));
  await readParts(path, data, (_, length) => bytes.subarray(0, length));
}
