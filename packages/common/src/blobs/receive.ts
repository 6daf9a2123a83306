import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { addAbortSignal, Readable } from 'node:stream';
import { CairnError } from '../errors/catalogue.js';

export interface StoredBlob {
  /** SHA-256 of the bytes, in hex. */
  hash: string;
  /** In bytes. */
  size: number;
}

export interface ReceiveOptions {
  /** More is refused with `too_large`. */
  maxBytes: number;
  /** Aborted when nobody waits for the end of it any more. */
  signal?: AbortSignal;
}

/** Writes all that comes to the file, as it comes. A source that is given up is destroyed, so that nobody goes on sending. */
export async function receive(file: FileHandle, source: Readable | Buffer, { maxBytes, signal }: ReceiveOptions): Promise<StoredBlob> {
  signal?.throwIfAborted();
  const stream = Buffer.isBuffer(source) ? Readable.from([source]) : source;
  if (signal) addAbortSignal(signal, stream);
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw new CairnError('too_large', `The file is larger than the ${maxBytes} bytes that are accepted here. Send a smaller one.`);
      hash.update(chunk);
      await file.writeFile(chunk);
    }
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
  signal?.throwIfAborted();
  return { hash: hash.digest('hex'), size };
}
