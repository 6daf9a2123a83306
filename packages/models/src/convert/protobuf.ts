// The four wire types of protocol buffers, enough to read and write an ONNX file without a dependency.

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const VARINT_BITS = 64n;
const LARGEST_TAG = 0xffffffff;

/** Bytes that are made only when they are written, so that a large weight is not in memory before its turn. */
export interface LateBytes {
  readonly length: number;
  make(): Uint8Array;
}

export type Chunk = Uint8Array | LateBytes;

/** The bytes of a message in pieces that follow one another: putting large messages into one another copies nothing. */
export interface Chunks {
  readonly length: number;
  readonly chunks: readonly Chunk[];
}

/** One field as it is read: its number, its wire type, and a number or its bytes as a view of the file. */
export type ReadField = readonly [field: number, wire: number, value: bigint | Buffer];

/** One field to be written. */
export type Field = readonly [field: number, wire: number, value: bigint | Chunk | Chunks];

function readVarint(buffer: Buffer, at: { offset: number }): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = buffer[at.offset++];
    if (byte === undefined || shift >= VARINT_BITS)
      throw new Error('The file is not a whole protocol buffer: it ends inside a number, or the number is too long');
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

function readBytes(buffer: Buffer, at: { offset: number }, length: number): Buffer {
  const end = at.offset + length;
  if (end > buffer.length) throw new Error('The file is not a whole protocol buffer: it ends inside a field');
  const bytes = buffer.subarray(at.offset, end);
  at.offset = end;
  return bytes;
}

function readValue(buffer: Buffer, at: { offset: number }, wire: number): bigint | Buffer {
  if (wire === VARINT) return readVarint(buffer, at);
  if (wire === BYTES) return readBytes(buffer, at, Number(readVarint(buffer, at)));
  if (wire === FIXED64) return readBytes(buffer, at, 8);
  if (wire === FIXED32) return readBytes(buffer, at, 4);
  throw new Error(`The file is not a whole protocol buffer: wire type ${wire} is not used by ONNX`);
}

/** The fields of one message one by one, in file order. */
export function* readFields(message: Uint8Array): Generator<ReadField> {
  const buffer = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const at = { offset: 0 };
  while (at.offset < buffer.length) {
    const tag = Number(readVarint(buffer, at));
    if (tag > LARGEST_TAG) throw new Error('The file is not a whole protocol buffer: a field has no valid number');
    const wire = tag & 7;
    yield [tag >>> 3, wire, readValue(buffer, at, wire)];
  }
}

/** The fields of one message, in file order. */
export function decode(message: Uint8Array): ReadField[] {
  return [...readFields(message)];
}

/** The packed numbers of one field. */
export function unpack(packed: Buffer): bigint[] {
  const numbers: bigint[] = [];
  const at = { offset: 0 };
  while (at.offset < packed.length) numbers.push(readVarint(packed, at));
  return numbers;
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function encodeField([field, wire, value]: Field): readonly Chunk[] {
  const tag = varint(BigInt((field << 3) | wire));
  if (typeof value === 'bigint') return [Buffer.concat([tag, varint(value)])];
  const head = wire === BYTES ? Buffer.concat([tag, varint(BigInt(value.length))]) : tag;
  return 'chunks' in value ? [head, ...value.chunks] : [head, value];
}

/** The message's bytes without a copy of what is in its fields. */
export function encodeChunks(fields: readonly Field[]): Chunks {
  const chunks = fields.flatMap(encodeField);
  return { chunks, length: chunks.reduce((total, { length }) => total + length, 0) };
}

export function bytesOf(chunk: Chunk): Uint8Array {
  return 'make' in chunk ? chunk.make() : chunk;
}

/** The message's bytes: decode(encode(fields)) gives the same fields. */
export function encode(fields: readonly Field[]): Buffer {
  return Buffer.concat(encodeChunks(fields).chunks.map(bytesOf));
}

export const number = (field: number, value: number | bigint): Field => [field, VARINT, BigInt(value)];
export const bytes = (field: number, value: Chunk | Chunks): Field => [field, BYTES, value];
export const text = (field: number, value: string): Field => bytes(field, Buffer.from(value, 'utf8'));
export const message = (field: number, fields: readonly Field[]): Field => bytes(field, encodeChunks(fields));
export const float = (field: number, value: number): Field => {
  const four = Buffer.alloc(4);
  four.writeFloatLE(value);
  return [field, FIXED32, four];
};

const valuesOf = (fields: readonly ReadField[], field: number) => fields.filter(([n]) => n === field).map(([, , value]) => value);

/** The bytes of each occurrence of a field. */
export const allBytes = (fields: readonly ReadField[], field: number): Buffer[] => valuesOf(fields, field).filter((value) => typeof value !== 'bigint');

/** A field that occurs once; the last one counts when a file repeats it. */
export const oneBytes = (fields: readonly ReadField[], field: number): Buffer | undefined => allBytes(fields, field).at(-1);

export const oneText = (fields: readonly ReadField[], field: number): string => oneBytes(fields, field)?.toString('utf8') ?? '';

/** The numbers of a repeated field, packed or not, as signed integers. */
export const allNumbers = (fields: readonly ReadField[], field: number): number[] =>
  valuesOf(fields, field)
    .flatMap((value) => (typeof value === 'bigint' ? [value] : unpack(value)))
    .map((value) => Number(BigInt.asIntN(64, value)));

export const oneNumber = (fields: readonly ReadField[], field: number): number | undefined => allNumbers(fields, field).at(-1);
