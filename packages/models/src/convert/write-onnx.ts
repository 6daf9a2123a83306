import { ConversionRefusedError } from './conversion-refused.js';
import { type OnnxFile, readOperatorSets } from './onnx-file.js';
import type { OnnxPart } from './onnx-parts.js';
import { GRAPH, MODEL, ONNX_RUNTIME, OPERATOR_SET, VALUE } from './onnx-schema.js';
import { bytes, type Chunks, encode, encodeChunks, type Field, message, number, text } from './protobuf.js';

/** What a protocol buffer can hold. */
export const LARGEST_FILE = 2 ** 31 - 1;
const IR_VERSION = 8;
const PRODUCER = text(MODEL.producerName, 'cairn');
const REPLACED = [MODEL.graph, MODEL.producerName, MODEL.producerVersion];

const operatorSet = (domain: string, version: number) =>
  message(MODEL.operatorSet, [...(domain === '' ? [] : [text(OPERATOR_SET.domain, domain)]), number(OPERATOR_SET.version, version)]);

const nodeFields = (nodes: readonly OnnxPart[]) => nodes.map(({ raw }) => bytes(GRAPH.node, raw));
const tensorFields = (tensors: readonly OnnxPart[]) => tensors.map(({ raw }) => bytes(GRAPH.initializer, raw));

/** Its bytes, or an error where they are more than a file of this kind can have. */
function withinLimit(file: Chunks): Chunks {
  if (file.length <= LARGEST_FILE) return file;
  throw new ConversionRefusedError(`The model would have ${file.length} bytes; an ONNX file ends at ${LARGEST_FILE}. Take a smaller model.`);
}

/** The file with these nodes and tensors in place of its own. */
export function writeModel(model: OnnxFile, { nodes, tensors }: { nodes: readonly OnnxPart[]; tensors: readonly OnnxPart[] }): Chunks {
  const kept = model.graph.filter(([field]) => field !== GRAPH.node && field !== GRAPH.initializer);
  const rest = model.fields.filter(([field]) => !REPLACED.includes(field));
  const operators = readOperatorSets(model.fields).has(ONNX_RUNTIME) ? [] : [operatorSet(ONNX_RUNTIME, 1)];
  return withinLimit(encodeChunks([...rest, ...operators, PRODUCER, message(MODEL.graph, [...nodeFields(nodes), ...kept, ...tensorFields(tensors)])]));
}

/** A value at the model's border: a dimension is a number, or the name of one that each run chooses. */
export interface BorderValue {
  name: string;
  type: number;
  dims?: readonly (number | string)[];
}

function borderValue({ name, type, dims }: BorderValue): Field[] {
  const dim = (size: number | string) => message(VALUE.dim, [typeof size === 'number' ? number(VALUE.dimValue, size) : text(VALUE.dimName, size)]);
  const shape = dims === undefined ? [] : [message(VALUE.shape, dims.map(dim))];
  return [text(VALUE.name, name), message(VALUE.type, [message(VALUE.tensorType, [number(VALUE.elementType, type), ...shape])])];
}

export interface NewModel {
  name: string;
  operatorSet: number;
  nodes: readonly OnnxPart[];
  tensors: readonly OnnxPart[];
  inputs: readonly BorderValue[];
  outputs: readonly BorderValue[];
}

/** A file of its own that uses no operators but ONNX's. */
export function makeModel({ name, operatorSet: version, nodes, tensors, inputs, outputs }: NewModel): Chunks {
  const graph = [
    ...nodeFields(nodes),
    text(GRAPH.name, name),
    ...tensorFields(tensors),
    ...inputs.map((value) => message(GRAPH.input, borderValue(value))),
    ...outputs.map((value) => message(GRAPH.output, borderValue(value))),
  ];
  return withinLimit(encodeChunks([number(MODEL.irVersion, IR_VERSION), PRODUCER, message(MODEL.graph, graph), operatorSet('', version)]));
}

/** What to write behind a model's file so that it gives these values too: two graphs in one file are read as one. */
export function moreOutputs(outputs: readonly BorderValue[]): Buffer {
  const graph = outputs.map((value) => message(GRAPH.output, borderValue(value)));
  return encode([message(MODEL.graph, graph)]);
}
