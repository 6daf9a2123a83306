import type { FileHandle } from 'node:fs/promises';
import { deltaResultSize, readSize } from './delta.js';
import { readAt } from './git-files.js';
import { packedBytesFor, START_BYTES, unpack, unpackStart } from './inflate.js';
import type { PackIndex } from './pack-index.js';

/** What stands at a place of a pack. Of a delta, the base is an id, or a place in the same pack. */
export interface PackEntry {
  base: string | number | undefined;
  /** Of the bytes that stand there: of a delta its own. */
  size: number;
  /** Where they begin. */
  start: number;
}

const OFFSET_DELTA = 6;
const ID_DELTA = 7;
const HEAD_BYTES = 64;
const ID_BYTES = 20;

/** One pack and its index. What it says of itself is believed only as far as it can be checked. */
export class Pack {
  constructor(
    readonly index: PackIndex,
    private readonly handle: FileHandle,
  ) {}

  async entryAt(offset: number): Promise<PackEntry> {
    const head = await readAt(this.handle, offset, HEAD_BYTES);
    const first = head[0] as number;
    const type = (first >> 4) & 7;
    const rest = first < 0x80 ? { value: 0, end: 1 } : readSize(head, 1);
    const size = (first & 0x0f) + rest.value * 16;
    if (type === OFFSET_DELTA) return offsetDelta(head, { offset, at: rest.end, size });
    if (type !== ID_DELTA) return { base: undefined, size, start: offset + rest.end };
    return { base: head.toString('hex', rest.end, rest.end + ID_BYTES), size, start: offset + rest.end + ID_BYTES };
  }

  async read({ size, start }: PackEntry): Promise<Buffer> {
    return unpack(await readAt(this.handle, start, packedBytesFor(size)), size);
  }

  /** The size of the object that an entry becomes. */
  async sizeOf({ base, size, start }: PackEntry): Promise<number> {
    return base === undefined ? size : deltaResultSize(unpackStart(await readAt(this.handle, start, START_BYTES)));
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

// A number of seven bits each byte, the highest first, where each further byte adds one: git's own way to save a bit.
function offsetDelta(head: Buffer, { offset, at: first, size }: { offset: number; at: number; size: number }): PackEntry {
  let at = first;
  let byte = head[at++] ?? 0;
  let back = byte & 0x7f;
  while (byte >= 0x80) {
    byte = head[at++] ?? 0;
    back = (back + 1) * 128 + (byte & 0x7f);
  }
  if (back <= 0 || back > offset) throw new Error('a delta has no base');
  return { base: offset - back, size, start: offset + at };
}
