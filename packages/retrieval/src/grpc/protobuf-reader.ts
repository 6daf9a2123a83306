/** One field of a message: numbers for varints, bytes for everything else. */
export interface ProtobufField {
  field: number;
  value: number | Buffer;
}

const FIXED_BYTES: Record<number, number> = { 1: 8, 5: 4 };

/** The fields of a message in the order they were written. Varints above 2^53 lose precision; none that we read gets there. */
export function* fieldsOf(message: Buffer): Generator<ProtobufField> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = message[at];
      if (byte === undefined) throw new Error('A protobuf message ends in the middle of a number');
      at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  const bytes = (length: number) => {
    at += length;
    if (at > message.length) throw new Error('A protobuf message ends in the middle of a field');
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    const kind = tag % 8;
    if (kind === 0) yield { field, value: varint() };
    else if (kind === 2) yield { field, value: bytes(varint()) };
    else yield { field, value: bytes(fixedLength(kind)) };
  }
}

function fixedLength(kind: number): number {
  const length = FIXED_BYTES[kind];
  if (!length) throw new Error(`A protobuf field has the unknown kind ${kind}`);
  return length;
}
