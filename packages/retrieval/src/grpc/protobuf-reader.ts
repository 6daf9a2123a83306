const VARINT = 0;
const BYTES = 2;
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/**
 * Goes through the fields of one message: `while (reader.next())`, then `reader.field` and the value in the form it is known to have.
 * Values that are not asked for are passed over. Varints above 2^53 lose precision; none that we read gets there.
 */
export class ProtobufReader {
  field = 0;
  /** The value of a varint field. */
  uint = 0;
  private from = 0;

  constructor(
    private readonly buffer: Buffer,
    private at = 0,
    private readonly end = buffer.length,
  ) {}

  next(): boolean {
    if (this.at >= this.end) return false;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    const kind = tag % 8;
    if (kind === VARINT) this.uint = this.varint();
    else this.skip(kind === BYTES ? this.varint() : fixedLength(kind));
    return true;
  }

  nested(): ProtobufReader {
    return new ProtobufReader(this.buffer, this.from, this.at);
  }

  text(): string {
    return this.buffer.toString('utf8', this.from, this.at);
  }

  bytes(): Buffer {
    return this.buffer.subarray(this.from, this.at);
  }

  float(): number {
    return this.buffer.readFloatLE(this.from);
  }

  private skip(length: number): void {
    this.from = this.at;
    this.at += length;
    if (this.at > this.end) throw new Error('A protobuf message ends in the middle of a field');
  }

  private varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      if (this.at >= this.end) throw new Error('A protobuf message ends in the middle of a number');
      const byte = this.buffer[this.at] as number;
      this.at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }
}

function fixedLength(kind: number): number {
  const length = FIXED_BYTES[kind];
  if (!length) throw new Error(`A protobuf field has the unknown kind ${kind}`);
  return length;
}
