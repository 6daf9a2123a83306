// A tensor of an ONNX file may name another file for its values; a crafted one has made readers open files outside the
// model's folder (CVE-2024-27318, CVE-2026-27489). Cairn takes only files that hold everything themselves, so that their hash covers it.
import { readFields } from '../convert/protobuf.js';

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

function refersOutside(message: Uint8Array, kind: MessageKind): boolean {
  for (const [field, , value] of readFields(message)) {
    if (kind === 'tensor' && (field === TENSOR_EXTERNAL_DATA || field === TENSOR_LOCATION)) return true;
    const child = CHILDREN[kind][field];
    if (child !== undefined && typeof value !== 'bigint' && refersOutside(value, child)) return true;
  }
  return false;
}

/** True when a tensor of this ONNX file says that its values lie in another file. */
export function hasExternalData(onnx: Uint8Array): boolean {
  return refersOutside(onnx, 'model');
}
