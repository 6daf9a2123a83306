const MAGIC = 0xff744f63;
const VERSION = 2;
const FANOUT = 8;
const NAMES = FANOUT + 256 * 4;
const ID_BYTES = 20;
const LARGE = 0x80000000;

/** Where the objects of a pack are in it: the second form of an index, which all versions of git since 2007 write. */
export class PackIndex {
  private constructor(
    private readonly bytes: Buffer,
    private readonly count: number,
  ) {}

  /** Undefined for bytes that are no such index. */
  static read(bytes: Buffer): PackIndex | undefined {
    if (bytes.length < NAMES || bytes.readUInt32BE(0) !== MAGIC || bytes.readUInt32BE(4) !== VERSION) return undefined;
    const count = bytes.readUInt32BE(FANOUT + 255 * 4);
    return bytes.length >= NAMES + count * (ID_BYTES + 4 + 4) ? new PackIndex(bytes, count) : undefined;
  }

  offsetOf(id: string): number | undefined {
    const wanted = Buffer.from(id, 'hex');
    const first = wanted[0] as number;
    let low = first === 0 ? 0 : this.bytes.readUInt32BE(FANOUT + (first - 1) * 4);
    let high = Math.min(this.bytes.readUInt32BE(FANOUT + first * 4), this.count);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const start = NAMES + middle * ID_BYTES;
      const order = wanted.compare(this.bytes, start, start + ID_BYTES);
      if (order === 0) return this.offsetAt(middle);
      if (order < 0) high = middle;
      else low = middle + 1;
    }
    return undefined;
  }

  private offsetAt(position: number): number | undefined {
    const table = NAMES + this.count * (ID_BYTES + 4);
    const offset = this.bytes.readUInt32BE(table + position * 4);
    if (offset < LARGE) return offset;
    const place = table + this.count * 4 + (offset - LARGE) * 8;
    return place + 8 <= this.bytes.length ? Number(this.bytes.readBigUInt64BE(place)) : undefined;
  }
}
