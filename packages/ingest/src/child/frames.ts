import type { Readable } from 'node:stream';

const HEADER_BYTES = 4;

/** What is sent through a pipe so that the other end knows where it ends. */
export function* frameOf(bytes: Uint8Array): Generator<Uint8Array> {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(bytes.length);
  yield header;
  yield bytes;
}

/** What came through a pipe, one after the other. Throws where one is larger than it may be; what came only in part is left out. */
export async function* framesIn(pipe: Readable, mostBytes: number): AsyncGenerator<Buffer, undefined> {
  let rest: Buffer[] = [];
  let length = 0;
  for await (const chunk of pipe) {
    rest.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    while (length >= HEADER_BYTES) {
      if ((rest[0] as Buffer).length < HEADER_BYTES) rest = [Buffer.concat(rest)];
      const size = (rest[0] as Buffer).readUInt32LE();
      if (size > mostBytes) throw new Error(`What came is larger than ${mostBytes} bytes`);
      if (length < HEADER_BYTES + size) break;
      const all = Buffer.concat(rest);
      yield all.subarray(HEADER_BYTES, HEADER_BYTES + size);
      rest = [all.subarray(HEADER_BYTES + size)];
      length -= HEADER_BYTES + size;
    }
  }
  return undefined;
}
