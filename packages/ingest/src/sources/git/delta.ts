/** Reads a number of seven bits each byte, the lowest first. */
export function readSize(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  let factor = 1;
  let at = start;
  for (;;) {
    const byte = bytes[at++];
    if (byte === undefined || factor > 2 ** 42) throw new Error('a number does not end');
    value += (byte & 0x7f) * factor;
    factor *= 128;
    if (byte < 0x80) return { value, end: at };
  }
}

/** How long the result of a delta is; its first bytes are enough. */
export function deltaResultSize(delta: Buffer): number {
  return readSize(delta, readSize(delta, 0).end).value;
}

const COPY = 0x80;
const MOST_COPIED = 0x10000;

/** What a delta makes of its base. The result is as long as the delta says, or it is an error. */
export function applyDelta(base: Buffer, delta: Buffer): Buffer {
  const { value: baseSize, end } = readSize(delta, 0);
  const { value: size, end: start } = readSize(delta, end);
  if (baseSize !== base.length) throw new Error('a delta is for another base');
  const result = Buffer.alloc(size);
  let filled = 0;
  for (let at = start; at < delta.length; ) {
    const command = delta[at++] as number;
    const part = command & COPY ? readCopy(delta, { at, command }) : { from: delta, start: at, length: command, at: at + command };
    const source = part.from ?? base;
    if (part.length === 0 || part.start + part.length > source.length || filled + part.length > size) throw new Error('a delta reaches too far');
    source.copy(result, filled, part.start, part.start + part.length);
    filled += part.length;
    at = part.at;
  }
  if (filled !== size) throw new Error('a delta ends too early');
  return result;
}

function readCopy(delta: Buffer, { at: first, command }: { at: number; command: number }) {
  let at = first;
  const numberOf = (bits: readonly number[]) => bits.reduce((value, bit, index) => (command & bit ? value + (delta[at++] ?? 0) * 256 ** index : value), 0);
  const start = numberOf([0x01, 0x02, 0x04, 0x08]);
  const length = numberOf([0x10, 0x20, 0x40]) || MOST_COPIED;
  return { from: undefined, start, length, at };
}
