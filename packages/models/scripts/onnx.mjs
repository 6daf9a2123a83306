// The part of onnx.proto that the quantiser needs: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
import { all, bytes, decode, encode, float, message, number, one, text, textOf } from './protobuf.mjs';

export const FLOAT = 1;
export const UINT8 = 2;
export const INT8 = 3;
/** ONNX Runtime's own operators; every build of it for processors has them. */
export const ONNX_RUNTIME = 'com.microsoft';

const MODEL = { producerName: 2, producerVersion: 3, graph: 7, operatorSet: 8 };
const OPERATOR_SET = { domain: 1, version: 2 };
const GRAPH = { node: 1, initializer: 5, output: 12 };
const NODE = { input: 1, output: 2, name: 3, type: 4, attribute: 5, domain: 7 };
const TENSOR = { dims: 1, type: 2, name: 8, raw: 9, external: 13, location: 14 };
const ATTRIBUTE = { name: 1, float: 2, integer: 3, integers: 8, type: 20 };
const ATTRIBUTE_TYPE = { float: 1, integer: 2, integers: 7 };
const VALUE = { name: 1, type: 2, tensorType: 1, elementType: 1 };

function unpackNumbers(value) {
  if (typeof value === 'bigint') return [Number(value)];
  const ends = [...value.keys()].filter((i) => value[i] < 0x80);
  return ends.map((end, i) => Number(one(decode(Buffer.concat([Buffer.from([8]), value.subarray(i === 0 ? 0 : ends[i - 1] + 1, end + 1)])), 1)));
}

function readTensor(raw) {
  const fields = decode(raw);
  const name = textOf(fields, TENSOR.name);
  if (all(fields, TENSOR.external).length > 0 || one(fields, TENSOR.location)) throw new Error(`Tensor ${name} lies in another file`);
  return { raw, name, dims: all(fields, TENSOR.dims).flatMap(unpackNumbers), type: Number(one(fields, TENSOR.type)), data: one(fields, TENSOR.raw) };
}

/** The tensor's values; the file must hold them as raw bytes, as every exporter writes large ones. */
export function floatsOf(tensor) {
  const count = tensor.dims.reduce((product, dim) => product * dim, 1);
  if (tensor.type !== FLOAT || tensor.data?.length !== count * 4) throw new Error(`Tensor ${tensor.name} does not hold ${count} raw floats`);
  return new Float32Array(new Uint8Array(tensor.data).buffer);
}

function readNode(raw) {
  const fields = decode(raw);
  const texts = (field) => all(fields, field).map((value) => value.toString('utf8'));
  return { raw, type: textOf(fields, NODE.type), inputs: texts(NODE.input), outputs: texts(NODE.output) };
}

/** The graph's nodes and constant tensors; everything else of the file is kept as it is. */
export function readModel(buffer) {
  const fields = decode(buffer);
  const graph = decode(one(fields, MODEL.graph));
  const tensors = all(graph, GRAPH.initializer).map(readTensor);
  return { fields, graph, nodes: all(graph, GRAPH.node).map(readNode), tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])) };
}

const REPLACED = [MODEL.graph, MODEL.producerName, MODEL.producerVersion];

/** The file with these nodes and tensors in place of its own. */
export function writeModel(model, { nodes, tensors }) {
  const kept = model.graph.filter(([field]) => field !== GRAPH.node && field !== GRAPH.initializer);
  const graph = [...nodes.map(({ raw }) => bytes(GRAPH.node, raw)), ...kept, ...tensors.map(({ raw }) => bytes(GRAPH.initializer, raw))];
  const rest = model.fields.filter(([field]) => !REPLACED.includes(field));
  const operators = message(MODEL.operatorSet, [text(OPERATOR_SET.domain, ONNX_RUNTIME), number(OPERATOR_SET.version, 1)]);
  return encode([...rest, operators, text(MODEL.producerName, 'cairn'), message(MODEL.graph, graph)]);
}

/** The file, also giving out these values: for looking at what flows between the layers. */
export function exposeValues(model, names) {
  const type = [message(VALUE.tensorType, [number(VALUE.elementType, FLOAT)])];
  const outputs = names.map((name) => message(GRAPH.output, [text(VALUE.name, name), message(VALUE.type, type)]));
  const graph = [...model.graph, ...outputs];
  return encode(model.fields.map((field) => (field[0] === MODEL.graph ? message(MODEL.graph, graph) : field)));
}

export function makeTensor(name, type, dims, data) {
  const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return { name, raw: encode([...dims.map((dim) => number(TENSOR.dims, dim)), number(TENSOR.type, type), text(TENSOR.name, name), bytes(TENSOR.raw, raw)]) };
}

function attribute(name, value) {
  const named = [text(ATTRIBUTE.name, name)];
  const typed = (type) => number(ATTRIBUTE.type, ATTRIBUTE_TYPE[type]);
  if (Array.isArray(value)) return [...named, ...value.map((item) => number(ATTRIBUTE.integers, item)), typed('integers')];
  return Number.isInteger(value) ? [...named, number(ATTRIBUTE.integer, value), typed('integer')] : [...named, float(ATTRIBUTE.float, value), typed('float')];
}

/** One operator with a single output; the node bears the output's name. */
export function makeNode(type, inputs, output, { attributes = {}, domain } = {}) {
  const fields = [
    ...inputs.map((input) => text(NODE.input, input)),
    text(NODE.output, output),
    text(NODE.name, output),
    text(NODE.type, type),
    ...Object.entries(attributes).map(([name, value]) => message(NODE.attribute, attribute(name, value))),
    ...(domain ? [text(NODE.domain, domain)] : []),
  ];
  return { raw: encode(fields), type, inputs, outputs: [output] };
}
