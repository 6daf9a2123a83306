import { ATTRIBUTE, ATTRIBUTE_TYPE, FLOAT, NODE, TENSOR } from './onnx-schema.js';
import { bytes, type Chunk, type Chunks, encode, encodeChunks, type Field, float, message, number, text } from './protobuf.js';

/** A node or a tensor as it stands in the file. */
export interface OnnxPart {
  raw: Chunk | Chunks;
}

export interface OnnxTensor extends OnnxPart {
  name: string;
}

export type TensorData = Float32Array | Int8Array | Uint8Array | BigInt64Array;

/** A constant whose bytes are read when the file is written. */
export function makeLateTensor(name: string, dims: readonly number[], data: Chunk): OnnxTensor {
  return { name, raw: encodeTensor(name, FLOAT, dims, data) };
}

function encodeTensor(name: string, type: number, dims: readonly number[], data: Chunk): Chunks {
  return encodeChunks([...dims.map((dim) => number(TENSOR.dims, dim)), number(TENSOR.type, type), text(TENSOR.name, name), bytes(TENSOR.raw, data)]);
}

export function makeTensor(name: string, type: number, dims: readonly number[], data: TensorData): OnnxTensor {
  return { name, raw: encodeTensor(name, type, dims, Buffer.from(data.buffer, data.byteOffset, data.byteLength)) };
}

/** Whole numbers become ONNX integers, all others floats. */
export type AttributeValue = number | readonly number[];

function attribute(name: string, value: AttributeValue): Field[] {
  const named = [text(ATTRIBUTE.name, name)];
  const typed = (type: keyof typeof ATTRIBUTE_TYPE) => number(ATTRIBUTE.type, ATTRIBUTE_TYPE[type]);
  if (typeof value !== 'number') return [...named, ...value.map((item) => number(ATTRIBUTE.integers, item)), typed('integers')];
  return Number.isInteger(value) ? [...named, number(ATTRIBUTE.integer, value), typed('integer')] : [...named, float(ATTRIBUTE.float, value), typed('float')];
}

export interface NodeOptions {
  attributes?: Readonly<Record<string, AttributeValue>>;
  domain?: string;
}

/** One operator with a single output; the node bears the output's name. */
export function makeNode(type: string, inputs: readonly string[], output: string, { attributes = {}, domain }: NodeOptions = {}): OnnxPart {
  const fields = [
    ...inputs.map((input) => text(NODE.input, input)),
    text(NODE.output, output),
    text(NODE.name, output),
    text(NODE.type, type),
    ...Object.entries(attributes).map(([name, value]) => message(NODE.attribute, attribute(name, value))),
    ...(domain ? [text(NODE.domain, domain)] : []),
  ];
  return { raw: encode(fields) };
}
