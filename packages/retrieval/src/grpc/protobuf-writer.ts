const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;

// A length is written as a varint of exactly four bytes, padded with continuation bits, so that a nested message can be written in one pass
// and its length filled in afterwards. Protobuf readers accept padded varints; it costs three bytes for each nested message.
const LENGTH_BYTES = 4;
const LARGEST_LENGTH = 2 ** 28 - 1;

/** Writes protobuf fields one after another into one growing buffer. Vectors are copied as bytes, never turned into text. */
export class ProtobufWriter {
  private buffer: Buffer;
  private at: number;

  /** `reserved` bytes at the front stay free for a frame header. */
  constructor(capacity: number, reserved = 0) {
    this.buffer = Buffer.allocUnsafe(capacity + reserved);
    this.at = reserved;
  }

  uint(field: number, value: number): void {
    this.makeRoom(20);
    this.varint(field * 8 + VARINT);
    this.varint(value);
  }

  bool(field: number, value: boolean): void {
    this.uint(field, value ? 1 : 0);
  }

  double(field: number, value: number): void {
    this.makeRoom(18);
    this.varint(field * 8 + FIXED64);
    this.at = this.buffer.writeDoubleLE(value, this.at);
  }

  string(field: number, text: string): void {
    const start = this.open(field);
    this.makeRoom(text.length * 3);
    this.at += this.buffer.write(text, this.at, 'utf8');
    this.close(start);
  }

  /** A packed `repeated float`. Protobuf is little-endian, and so is every machine Node runs our servers on. */
  floats(field: number, values: Float32Array): void {
    const start = this.open(field);
    this.makeRoom(values.byteLength);
    this.buffer.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), this.at);
    this.at += values.byteLength;
    this.close(start);
  }

  /** A packed `repeated uint32`. */
  uints(field: number, values: Uint32Array): void {
    const start = this.open(field);
    this.makeRoom(values.length * 5);
    for (const value of values) this.varint(value);
    this.close(start);
  }

  /** Begins a nested message; what is written until `close` belongs to it. */
  open(field: number): number {
    this.makeRoom(10 + LENGTH_BYTES);
    this.varint(field * 8 + BYTES);
    this.at += LENGTH_BYTES;
    return this.at;
  }

  close(start: number): void {
    const length = this.at - start;
    if (length > LARGEST_LENGTH) throw new Error(`A protobuf message of ${length} bytes is too large`);
    this.buffer[start - 4] = (length & 0x7f) | 0x80;
    this.buffer[start - 3] = ((length >>> 7) & 0x7f) | 0x80;
    this.buffer[start - 2] = ((length >>> 14) & 0x7f) | 0x80;
    this.buffer[start - 1] = length >>> 21;
  }

  finish(): Buffer {
    return this.buffer.subarray(0, this.at);
  }

  private varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.buffer[this.at] = (rest % 0x80) + 0x80;
      this.at += 1;
      rest = Math.floor(rest / 0x80);
    }
    this.buffer[this.at] = rest;
    this.at += 1;
  }

  private makeRoom(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.at + bytes));
    this.buffer.copy(larger, 0, 0, this.at);
    this.buffer = larger;
  }
}
