// The four wire types of protocol buffers, enough to read and write an ONNX file without a dependency.
// A message is a list of fields [number, wireType, value]; a value is a BigInt (varint) or bytes.

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

function readVarint(buffer, at) {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    if (at.offset >= buffer.length || shift > 63n) throw new Error('The file ends inside a number, or the number is too long');
    const byte = buffer[at.offset++];
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

function readBytes(buffer, at, length) {
  const end = at.offset + length;
  if (end > buffer.length) throw new Error('The file ends inside a field');
  const bytes = buffer.subarray(at.offset, end);
  at.offset = end;
  return bytes;
}

function readValue(buffer, at, wire) {
  if (wire === VARINT) return readVarint(buffer, at);
  if (wire === BYTES) return readBytes(buffer, at, Number(readVarint(buffer, at)));
  if (wire === FIXED64) return readBytes(buffer, at, 8);
  if (wire === FIXED32) return readBytes(buffer, at, 4);
  throw new Error(`Wire type ${wire} is not used by ONNX`);
}

/** The fields of one message, in file order. Bytes are views of the buffer, not copies. */
export function decode(buffer) {
  const fields = [];
  const at = { offset: 0 };
  while (at.offset < buffer.length) {
    const tag = Number(readVarint(buffer, at));
    const wire = tag & 7;
    fields.push([tag >>> 3, wire, readValue(buffer, at, wire)]);
  }
  return fields;
}

function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** The message's bytes: decode(encode(fields)) gives the same fields. */
export function encode(fields) {
  const parts = fields.flatMap(([number, wire, value]) => {
    const tag = varint((number << 3) | wire);
    if (wire === VARINT) return [tag, varint(value)];
    return wire === BYTES ? [tag, varint(value.length), value] : [tag, value];
  });
  return Buffer.concat(parts);
}

export const number = (field, value) => [field, VARINT, BigInt(value)];
export const bytes = (field, value) => [field, BYTES, value];
export const text = (field, value) => bytes(field, Buffer.from(value, 'utf8'));
export const message = (field, fields) => bytes(field, encode(fields));
export const float = (field, value) => {
  const four = Buffer.alloc(4);
  four.writeFloatLE(value);
  return [field, FIXED32, four];
};

export const all = (fields, field) => fields.filter(([n]) => n === field).map(([, , value]) => value);
export const one = (fields, field) => all(fields, field).at(-1);
export const textOf = (fields, field) => one(fields, field)?.toString('utf8') ?? '';
