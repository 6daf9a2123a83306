import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { bytesOf, type Chunks } from './protobuf.js';

// Small pieces are put together up to this: a model has tens of thousands of them. Files are copied in parts of this size.
const BYTES_PER_WRITE = 4 * 1024 * 1024;

export interface WrittenFile {
  sha256: string;
  size: number;
}

/** The pieces in blocks of some megabytes; a larger piece is a block of its own, and is made only then. */
function* blocksOf({ chunks }: Chunks): Generator<Uint8Array> {
  let small: Uint8Array[] = [];
  let size = 0;
  for (const chunk of chunks) {
    if (size + chunk.length > BYTES_PER_WRITE && small.length > 0) {
      yield Buffer.concat(small);
      [small, size] = [[], 0];
    }
    small.push(bytesOf(chunk));
    size += chunk.length;
  }
  yield small.length === 1 ? (small[0] as Uint8Array) : Buffer.concat(small);
}

/** Writes a new file and waits until it is on the disk. An existing file is an error. */
export async function writeNewFile(path: string, content: Chunks, onProgress?: (fraction: number) => void): Promise<WrittenFile> {
  const hash = createHash('sha256');
  let size = 0;
  const file = await open(path, 'wx');
  try {
    for (const block of blocksOf(content)) {
      await file.writeFile(block);
      hash.update(block);
      size += block.length;
      onProgress?.(size / content.length);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), size };
}

function readPart(path: string, start: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const file = openSync(path, 'r');
  try {
    if (readSync(file, bytes, 0, length, start) !== length) throw new Error(`The file ${path} was changed while it was read`);
  } finally {
    closeSync(file);
  }
  return bytes;
}

/** A file's bytes, read part by part when they are written. */
export async function fileChunks(path: string): Promise<Chunks> {
  const { size } = await stat(path);
  const chunks = Array.from({ length: Math.ceil(size / BYTES_PER_WRITE) }, (_, i) => {
    const start = i * BYTES_PER_WRITE;
    const length = Math.min(BYTES_PER_WRITE, size - start);
    return { length, make: () => readPart(path, start, length) };
  });
  return { length: size, chunks };
}
