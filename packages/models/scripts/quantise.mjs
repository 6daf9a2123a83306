#!/usr/bin/env node
// Makes the batch-invariant 8-bit form of a BERT-like encoder:  node quantise.mjs <model.onnx> <result.onnx>
//
// Each product with a constant weight becomes, for every token on its own,
//   scale = max|x| / 127,  q = round(x / scale) + 128,  y = (q - 128) . w8 * column scale * scale
// so that a token's numbers never depend on what else is in the batch. The usual form, one scale for the whole tensor,
// makes a text's vector depend on its neighbours (0.044 in the worst component): it must not be used here.
// Large embedding tables keep one byte per value and one scale per row.
//
// Two things keep it close to fp32, and the same everywhere (NOTICE.md beside the result has the figures):
// - a few channels behind each layer normalisation are 5 to 15 times larger than the rest and would take the whole range;
//   they are divided by a power of two, and the weights that meet them multiplied by it;
// - processors without VNNI add the products of two neighbouring bytes in 16 bits, which overflow at two weights of 127.
//   Each column's scale is chosen so that no two neighbours add up to more than 128: 255 * 128 fits.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { largestPerChannel } from './calibrate.mjs';
import { FLOAT, floatsOf, INT8, makeNode, makeTensor, ONNX_RUNTIME, readModel, UINT8, writeModel } from './onnx.mjs';

const MOST = 127;
const ZERO_POINT = 128;
// How far the difference in size moves from the activations to the weights; 0.5 to 0.8 measure alike.
const SMOOTHING = 0.7;
// A table below this is not worth four more nodes: the token types are two rows.
const SMALLEST_TABLE_ROWS = 256;
const TINY = 1e-12;

const CONSTANTS = [
  makeTensor('row/one', FLOAT, [], Float32Array.of(1)),
  makeTensor('row/most', FLOAT, [], Float32Array.of(MOST)),
  makeTensor('row/tiny', FLOAT, [], Float32Array.of(TINY)),
  makeTensor('row/zero_point', UINT8, [], Uint8Array.of(ZERO_POINT)),
];

function roundHalfToEven(value) {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

/** One group of `count` values from `start` in steps of `step`: its scale is `largest / 127`, its bytes go to the same places. */
function quantiseGroup(values, bytes, { start, step, count, largest }) {
  const scale = Math.fround(largest / MOST) || 1;
  for (let i = 0, at = start; i < count; i++, at += step) bytes[at] = roundHalfToEven(values[at] / scale);
  return scale;
}

function largestOfRow(values, start, count) {
  let largest = 0;
  for (let i = start; i < start + count; i++) largest = Math.max(largest, Math.abs(values[i]));
  return largest;
}

/** The largest weight of a column or the largest sum of two neighbours, whichever is more. */
function largestOfColumn(weights, column, { rows, columns }) {
  let largest = 0;
  for (let row = 0; row < rows; row += 2) {
    const first = weights[row * columns + column];
    const second = row + 1 < rows ? weights[(row + 1) * columns + column] : 0;
    largest = Math.max(largest, Math.abs(first), Math.abs(second), Math.abs(first + second));
  }
  return largest;
}

function quantiseTable(tensor) {
  const [rows, columns] = tensor.dims;
  const values = floatsOf(tensor);
  const bytes = new Int8Array(values.length);
  const scales = Float32Array.from({ length: rows }, (_, row) => {
    const start = row * columns;
    return quantiseGroup(values, bytes, { start, step: 1, count: columns, largest: largestOfRow(values, start, columns) });
  });
  return [makeTensor(`${tensor.name}/bytes`, INT8, [rows, columns], bytes), makeTensor(`${tensor.name}/scale`, FLOAT, [rows, 1], scales)];
}

function quantiseWeight(tensor, smoothing) {
  const [rows, columns] = tensor.dims;
  const weights = floatsOf(tensor);
  if (smoothing) for (let i = 0; i < weights.length; i++) weights[i] *= smoothing[Math.floor(i / columns)];
  const bytes = new Int8Array(weights.length);
  const scales = Float32Array.from({ length: columns }, (_, column) =>
    quantiseGroup(weights, bytes, { start: column, step: columns, count: rows, largest: largestOfColumn(weights, column, { rows, columns }) }),
  );
  return [makeTensor(`${tensor.name}/bytes`, INT8, [rows, columns], bytes), makeTensor(`${tensor.name}/scale`, FLOAT, [columns], scales)];
}

/** Activation to bytes: made once for all products that read it. */
function rowNodes(input, smoothed) {
  const x = smoothed ? `row/${input}/smoothed` : input;
  return [
    ...(smoothed ? [makeNode('Mul', [input, `row/${input}/smoothing`], x)] : []),
    makeNode('Abs', [x], `row/${input}/abs`),
    makeNode('ReduceMax', [`row/${input}/abs`], `row/${input}/max`, { attributes: { axes: [-1], keepdims: 1 } }),
    makeNode('Max', [`row/${input}/max`, 'row/tiny'], `row/${input}/some`),
    makeNode('Div', [`row/${input}/some`, 'row/most'], `row/${input}/scale`),
    makeNode('Div', [x, `row/${input}/scale`], `row/${input}/steps`),
    makeNode('QuantizeLinear', [`row/${input}/steps`, 'row/one', 'row/zero_point'], `row/${input}/bytes`),
  ];
}

/** MatMulIntegerToFloat = MatMulInteger, Cast and the column scale in one pass: 8 to 15 % faster than the three. */
function productNodes(input, weight, output) {
  const operands = [`row/${input}/bytes`, `${weight}/bytes`, 'row/one', `${weight}/scale`, 'row/zero_point'];
  return [
    makeNode('MatMulIntegerToFloat', operands, `${output}/columns`, { domain: ONNX_RUNTIME }),
    makeNode('Mul', [`${output}/columns`, `row/${input}/scale`], output),
  ];
}

function lookupNodes(table, ids, output) {
  return [
    makeNode('Gather', [`${table}/bytes`, ids], `${output}/bytes`),
    makeNode('Cast', [`${output}/bytes`], `${output}/floats`, { attributes: { to: FLOAT } }),
    makeNode('Gather', [`${table}/scale`, ids], `${output}/scale`),
    makeNode('Mul', [`${output}/floats`, `${output}/scale`], output),
  ];
}

/** Powers of two, so that dividing and multiplying by them loses nothing. */
function smoothingOf(activations, weights) {
  return activations.map((activation, channel) => {
    const columns = weights.map(({ dims, values }) => largestOfRow(values, channel * dims[1], dims[1]));
    const weight = Math.max(TINY, ...columns);
    return 2 ** Math.round(Math.log2(Math.max(TINY, activation) ** SMOOTHING / weight ** (1 - SMOOTHING)));
  });
}

async function findSmoothings(model, products, vocabularySize) {
  const normalised = new Set(model.nodes.filter(({ type }) => type === 'LayerNormalization').flatMap(({ outputs }) => outputs));
  const inputs = [...new Set(products.map(({ inputs: [input] }) => input))].filter((input) => normalised.has(input));
  const largest = await largestPerChannel(model, inputs, vocabularySize);
  const weightsOf = (input) => products.filter(({ inputs }) => inputs[0] === input).map(({ inputs }) => model.tensors.get(inputs[1]));
  const readable = (tensor) => ({ dims: tensor.dims, values: floatsOf(tensor) });
  return new Map(inputs.map((input) => [input, smoothingOf(largest.get(input), weightsOf(input).map(readable))]));
}

async function quantiseModel(model) {
  const matrix = (name) => (model.tensors.get(name)?.dims.length === 2 ? model.tensors.get(name) : undefined);
  const isProduct = ({ type, inputs }) => type === 'MatMul' && matrix(inputs[1]) !== undefined;
  const isLookup = ({ type, inputs }) => type === 'Gather' && matrix(inputs[0])?.dims[0] >= SMALLEST_TABLE_ROWS;
  const tables = new Set(model.nodes.filter(isLookup).map(({ inputs }) => inputs[0]));
  const products = model.nodes.filter(isProduct);
  const smoothings = await findSmoothings(model, products, Math.max(...[...tables].map((name) => matrix(name).dims[0])));
  const weights = new Map(products.map(({ inputs }) => [inputs[1], smoothings.get(inputs[0])]));
  const rowsMade = new Set();

  const nodes = model.nodes.flatMap((node) => {
    if (isLookup(node)) return lookupNodes(node.inputs[0], node.inputs[1], node.outputs[0]);
    if (!isProduct(node)) return [node];
    const [input, weight] = node.inputs;
    const rows = rowsMade.has(input) ? [] : rowNodes(input, smoothings.has(input));
    rowsMade.add(input);
    return [...rows, ...productNodes(input, weight, node.outputs[0])];
  });
  const tensors = [...model.tensors.values()].flatMap((tensor) => {
    if (tables.has(tensor.name)) return quantiseTable(tensor);
    return weights.has(tensor.name) ? quantiseWeight(tensor, weights.get(tensor.name)) : [tensor];
  });
  const inverse = ([input, smoothing]) =>
    makeTensor(
      `row/${input}/smoothing`,
      FLOAT,
      [smoothing.length],
      smoothing.map((value) => 1 / value),
    );
  return writeModel(model, { nodes, tensors: [...CONSTANTS, ...[...smoothings].map(inverse), ...tensors] });
}

const [source, target] = process.argv.slice(2);
if (!source || !target) throw new Error('usage: node quantise.mjs <model.onnx> <result.onnx>');
const result = await quantiseModel(readModel(readFileSync(source)));
writeFileSync(target, result);
console.log(`${createHash('sha256').update(result).digest('hex')}  ${target} (${result.length} bytes)`);
