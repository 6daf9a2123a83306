import { ConversionRefusedError } from './conversion-refused.js';
import type { OnnxPart, OnnxTensor } from './onnx-parts.js';
import { ATTRIBUTE, FLOAT, GRAPH, MODEL, NODE, OPERATOR_SET, TENSOR, VALUE } from './onnx-schema.js';
import { allBytes, allNumbers, decode, oneBytes, oneNumber, oneText, type ReadField } from './protobuf.js';

export interface OnnxNode extends OnnxPart {
  type: string;
  domain: string;
  inputs: readonly string[];
  outputs: readonly string[];
  /** Of a Gather: which dimension it picks from. */
  axis: number;
}

export interface ConstantTensor extends OnnxTensor {
  dims: readonly number[];
  type: number;
  data: Buffer | undefined;
  /** Whether its values lie in another file. */
  isElsewhere: boolean;
}

export interface OnnxFile {
  fields: readonly ReadField[];
  graph: readonly ReadField[];
  nodes: readonly OnnxNode[];
  tensors: ReadonlyMap<string, ConstantTensor>;
  /** The names of what the model takes and gives. */
  inputs: readonly string[];
  outputs: readonly string[];
  /** The version of ONNX's own operators that the file is written for. */
  operatorSet: number;
}

function readTensor(raw: Buffer): ConstantTensor {
  const fields = decode(raw);
  return {
    raw,
    name: oneText(fields, TENSOR.name),
    dims: allNumbers(fields, TENSOR.dims),
    type: oneNumber(fields, TENSOR.type) ?? 0,
    data: oneBytes(fields, TENSOR.raw),
    isElsewhere: allBytes(fields, TENSOR.external).length > 0,
  };
}

/** The tensor's values, not to be changed: they may be the file itself. The file must hold them as raw bytes, as every exporter writes large ones. */
export function floatsOf({ name, dims, type, data }: ConstantTensor): Float32Array {
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (type !== FLOAT || data?.length !== count * 4) {
    throw new ConversionRefusedError(`The tensor ${name} does not hold ${count} raw 32-bit floats. Only models in full precision can be quantised.`);
  }
  const aligned = data.byteOffset % 4 === 0 ? data : new Uint8Array(data);
  return new Float32Array(aligned.buffer, aligned.byteOffset, count);
}

function axisOf(node: readonly ReadField[]): number {
  const axis = allBytes(node, NODE.attribute)
    .map(decode)
    .find((fields) => oneText(fields, ATTRIBUTE.name) === 'axis');
  return axis === undefined ? 0 : (oneNumber(axis, ATTRIBUTE.integer) ?? 0);
}

function readNode(raw: Buffer): OnnxNode {
  const fields = decode(raw);
  const texts = (field: number) => allBytes(fields, field).map((value) => value.toString('utf8'));
  return {
    raw,
    type: oneText(fields, NODE.type),
    domain: oneText(fields, NODE.domain),
    inputs: texts(NODE.input),
    outputs: texts(NODE.output),
    axis: axisOf(fields),
  };
}

/** Which version of which operators the file is written for. */
export function readOperatorSets(fields: readonly ReadField[]): Map<string, number> {
  const sets = allBytes(fields, MODEL.operatorSet).map(decode);
  return new Map(sets.map((set) => [oneText(set, OPERATOR_SET.domain), oneNumber(set, OPERATOR_SET.version) ?? 0]));
}

/** The graph's nodes and constant tensors; everything else of the file is kept as it is. */
export function readModel(file: Uint8Array): OnnxFile {
  const fields = decode(file);
  // More than one is allowed and read as one: moreOutputs relies on it.
  const graph = allBytes(fields, MODEL.graph).flatMap(decode);
  const tensors = allBytes(graph, GRAPH.initializer).map(readTensor);
  const sets = readOperatorSets(fields);
  const names = (field: number) => allBytes(graph, field).map((value) => oneText(decode(value), VALUE.name));
  return {
    fields,
    graph,
    nodes: allBytes(graph, GRAPH.node).map(readNode),
    tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
    // Old files list their constants among the inputs too.
    inputs: names(GRAPH.input).filter((name) => !tensors.some((tensor) => tensor.name === name)),
    outputs: names(GRAPH.output),
    operatorSet: sets.get('') ?? sets.get('ai.onnx') ?? 0,
  };
}
