// A tensor of an ONNX file may name another file for its values; a crafted one has made readers open files outside the
// model's folder (CVE-2024-27318, CVE-2026-27489). Cairn takes only files that hold everything themselves, so that their hash covers it.

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

const MODEL_GRAPH = 7;
const MODEL_FUNCTION = 25;
const NODE_ATTRIBUTE = 5;
const TENSOR_EXTERNAL_DATA = 13;
const TENSOR_LOCATION = 14;

type MessageKind = 'model' | 'graph' | 'function' | 'node' | 'attribute' | 'tensor' | 'sparse';

/** Which fields of a message hold messages that can lead to a tensor. */
const CHILDREN: Record<MessageKind, Record<number, MessageKind>> = {
  model: { [MODEL_GRAPH]: 'graph', [MODEL_FUNCTION]: 'function' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  function: { 7: 'node', 11: 'attribute' },
  node: { [NODE_ATTRIBUTE]: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  tensor: {},
};

class Reader {
  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
    private readonly end: number,
  ) {}

  get done(): boolean {
    return this.at >= this.end;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.at++];
      if (byte === undefined || this.at > this.end) throw new Error('The file ends inside a number');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  /** The field's bytes; undefined for a plain number. */
  field(wire: number): Reader | undefined {
    if (wire === VARINT) {
      this.varint();
      return undefined;
    }
    const length = wire === BYTES ? this.varint() : { [FIXED64]: 8, [FIXED32]: 4 }[wire];
    if (length === undefined || this.at + length > this.end) throw new Error('The file is not a whole protocol buffer');
    this.at += length;
    return new Reader(this.bytes, this.at - length, this.at);
  }
}

function refersOutside(reader: Reader, kind: MessageKind): boolean {
  while (!reader.done) {
    const tag = reader.varint();
    const field = Math.floor(tag / 8);
    if (kind === 'tensor' && (field === TENSOR_EXTERNAL_DATA || field === TENSOR_LOCATION)) return true;
    const child = CHILDREN[kind][field];
    const inner = reader.field(tag % 8);
    if (child !== undefined && inner !== undefined && refersOutside(inner, child)) return true;
  }
  return false;
}

/** True when a tensor of this ONNX file says that its values lie in another file. */
export function hasExternalData(onnx: Uint8Array): boolean {
  return refersOutside(new Reader(onnx, 0, onnx.length), 'model');
}
