// Makes the batch-invariant 8-bit form of a BERT-like encoder.
//
// Each product with a constant weight becomes, for every token on its own,
//   scale = max|x| / 127,  q = round(x / scale) + 128,  y = (q - 128) . w8 * column scale * scale
// so that a token's numbers never depend on what else is in the batch. The usual form, one scale for the whole tensor,
// makes a text's vector depend on its neighbours (0.044 in the worst component): it must not be used here.
// Large embedding tables keep one byte per value and one scale per row.
//
// Two things keep it close to fp32, and the same everywhere (the NOTICE.md of the built-in model has the figures):
// - smoothing.ts;
// - processors without VNNI add the products of two neighbouring bytes in 16 bits, which overflow at two weights of 127.
//   Each column's scale is chosen so that no two neighbours add up to more than 128: 255 * 128 fits.
import { readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { largestPerChannel, type Vocabulary } from './calibrate.js';
import { ConversionRefusedError } from './conversion-refused.js';
import { type ConstantTensor, type OnnxFile, type OnnxNode, readModel } from './onnx-file.js';
import { makeNode, makeTensor, type OnnxPart, type OnnxTensor } from './onnx-parts.js';
import { FLOAT, INT64, ONNX_RUNTIME, UINT8 } from './onnx-schema.js';
import type { Chunks } from './protobuf.js';
import { MOST, quantiseTable, quantiseWeight } from './quantise-weights.js';
import { normalisedValues, smoothableInputs, smoothingOf, TINY } from './smoothing.js';
import { writeModel } from './write-onnx.js';

const ZERO_POINT = 128;
// A table below this is not worth four more nodes: the token types are two rows.
const SMALLEST_TABLE_ROWS = 256;
// From this version on the operator takes its axes as a value, before as an attribute.
const REDUCE_MAX_WITH_AXES_INPUT = 18;

const CONSTANTS = [
  makeTensor('row/one', FLOAT, [], Float32Array.of(1)),
  makeTensor('row/most', FLOAT, [], Float32Array.of(MOST)),
  makeTensor('row/tiny', FLOAT, [], Float32Array.of(TINY)),
  makeTensor('row/zero_point', UINT8, [], Uint8Array.of(ZERO_POINT)),
];
const LAST_AXIS = makeTensor('row/last_axis', INT64, [1], BigInt64Array.of(-1n));

function largestOfEachRow(values: string, output: string, operatorSet: number): OnnxPart {
  if (operatorSet >= REDUCE_MAX_WITH_AXES_INPUT) return makeNode('ReduceMax', [values, LAST_AXIS.name], output, { attributes: { keepdims: 1 } });
  return makeNode('ReduceMax', [values], output, { attributes: { axes: [-1], keepdims: 1 } });
}

/** Activation to bytes: made once for all products that read it. */
function rowNodes(input: string, smoothed: boolean, operatorSet: number): OnnxPart[] {
  const x = smoothed ? `row/${input}/smoothed` : input;
  return [
    ...(smoothed ? [makeNode('Mul', [input, `row/${input}/smoothing`], x)] : []),
    makeNode('Abs', [x], `row/${input}/abs`),
    largestOfEachRow(`row/${input}/abs`, `row/${input}/max`, operatorSet),
    makeNode('Max', [`row/${input}/max`, 'row/tiny'], `row/${input}/some`),
    makeNode('Div', [`row/${input}/some`, 'row/most'], `row/${input}/scale`),
    makeNode('Div', [x, `row/${input}/scale`], `row/${input}/steps`),
    makeNode('QuantizeLinear', [`row/${input}/steps`, 'row/one', 'row/zero_point'], `row/${input}/bytes`),
  ];
}

/** MatMulIntegerToFloat = MatMulInteger, Cast and the column scale in one pass: 8 to 15 % faster than the three. */
function productNodes(input: string, weight: string, output: string): OnnxPart[] {
  const operands = [`row/${input}/bytes`, `${weight}/bytes`, 'row/one', `${weight}/scale`, 'row/zero_point'];
  return [
    makeNode('MatMulIntegerToFloat', operands, `${output}/columns`, { domain: ONNX_RUNTIME }),
    makeNode('Mul', [`${output}/columns`, `row/${input}/scale`], output),
  ];
}

function lookupNodes(table: string, ids: string, output: string): OnnxPart[] {
  return [
    makeNode('Gather', [`${table}/bytes`, ids], `${output}/bytes`),
    makeNode('Cast', [`${output}/bytes`], `${output}/floats`, { attributes: { to: FLOAT } }),
    makeNode('Gather', [`${table}/scale`, ids], `${output}/scale`),
    makeNode('Mul', [`${output}/floats`, `${output}/scale`], output),
  ];
}

/** What is replaced: products with a constant matrix, and lookups in a large constant table. */
interface Plan {
  products: readonly OnnxNode[];
  lookups: readonly OnnxNode[];
}

function planOf({ nodes, tensors }: OnnxFile): Plan {
  const rowsOf = (name: string | undefined) => {
    const dims = tensors.get(name ?? '')?.dims;
    return dims?.length === 2 ? dims[0] : undefined;
  };
  const isOwn = ({ domain }: OnnxNode) => domain === '' || domain === 'ai.onnx';
  const products = nodes.filter((node) => isOwn(node) && node.type === 'MatMul' && rowsOf(node.inputs[1]) !== undefined);
  const weights = new Set(products.map(({ inputs }) => inputs[1]));
  const isTable = (name: string | undefined) => (rowsOf(name) ?? 0) >= SMALLEST_TABLE_ROWS && !weights.has(name);
  const lookups = nodes.filter((node) => isOwn(node) && node.type === 'Gather' && node.axis === 0 && isTable(node.inputs[0]));
  if (products.length > 0) return { products, lookups };
  throw new ConversionRefusedError(
    'The model holds no products with constant matrices that could be quantised: is it in 8 bits already, or optimised for one device?',
  );
}

/** How many words the model knows: the rows of the table that it looks its token ids up in. */
export function vocabularySize({ nodes, tensors }: OnnxFile): number | undefined {
  const words = nodes.find(({ type, inputs }) => type === 'Gather' && inputs[1] === 'input_ids' && tensors.has(inputs[0] ?? ''));
  return tensors.get(words?.inputs[0] ?? '')?.dims[0];
}

export interface Quantisation {
  /** The fp32 file. */
  source: string;
  /** Where a copy of it may lie for a while. */
  scratch: string;
  /** What sequences look like, where it is not BERT's way. */
  vocabulary?: Omit<Vocabulary, 'size'>;
  onProgress?: (stage: 'calibrate' | 'quantise', fraction: number) => void;
}

type Smoothings = ReadonlyMap<string, Float32Array>;

async function findSmoothings(model: OnnxFile, products: readonly OnnxNode[], { source, scratch, vocabulary, onProgress }: Quantisation): Promise<Smoothings> {
  const inputs = smoothableInputs(products, normalisedValues(model)).filter((input) => !model.outputs.includes(input));
  const size = vocabularySize(model);
  if (size === undefined) throw new ConversionRefusedError('The model looks up its input_ids in no table, so it cannot be tried with made-up texts.');
  const largest = await largestPerChannel({
    path: source,
    scratch,
    names: inputs,
    vocabulary: { ...vocabulary, size },
    onProgress: (fraction) => onProgress?.('calibrate', fraction),
  });
  const weightsOf = (input: string) => products.filter(({ inputs }) => inputs[0] === input).map(({ inputs }) => model.tensors.get(inputs[1] as string));
  return new Map(inputs.map((input) => [input, smoothingOf(largest.get(input) as Float32Array, weightsOf(input) as ConstantTensor[])]));
}

function rewriteNodes(model: OnnxFile, { products, lookups }: Plan, smoothings: Smoothings): OnnxPart[] {
  const rowsMade = new Set<string>();
  return model.nodes.flatMap((node) => {
    const [first = '', second = ''] = node.inputs;
    const output = node.outputs[0] as string;
    if (lookups.includes(node)) return lookupNodes(first, second, output);
    if (!products.includes(node)) return [node];
    const rows = rowsMade.has(first) ? [] : rowNodes(first, smoothings.has(first), model.operatorSet);
    rowsMade.add(first);
    return [...rows, ...productNodes(first, second, output)];
  });
}

/** The constants of the new graph: those that other nodes read too stay as they are beside their bytes. */
async function rewriteTensors(model: OnnxFile, { products, lookups }: Plan, smoothings: Smoothings, onDone: (fraction: number) => void): Promise<OnnxPart[]> {
  const tables = new Set(lookups.map(({ inputs }) => inputs[0]));
  const weights = new Map(products.map(({ inputs }) => [inputs[1], smoothings.get(inputs[0] as string)]));
  const replaced = new Set([...products, ...lookups]);
  const stillRead = new Set(model.nodes.filter((node) => !replaced.has(node)).flatMap(({ inputs }) => inputs));
  const tensors: OnnxTensor[] = [];
  let done = 0;
  for (const tensor of model.tensors.values()) {
    const { name } = tensor;
    if (tables.has(name)) tensors.push(...quantiseTable(tensor));
    if (weights.has(name)) tensors.push(...quantiseWeight(tensor, weights.get(name)));
    if (stillRead.has(name) || !(tables.has(name) || weights.has(name))) tensors.push(tensor);
    onDone(++done / model.tensors.size);
    await nextTurn();
  }
  return tensors;
}

const inverseOf = (input: string, smoothing: Float32Array) =>
  makeTensor(
    `row/${input}/smoothing`,
    FLOAT,
    [smoothing.length],
    smoothing.map((value) => 1 / value),
  );

/** Such models are mostly too large for what is read and written here: one file, whole in memory. */
function refuseDataElsewhere({ tensors }: OnnxFile): void {
  if (![...tensors.values()].some(({ isElsewhere }) => isElsewhere)) return;
  throw new ConversionRefusedError(
    'The 8-bit form is made of one ONNX file, and this model keeps data in other files. Leave --quantise out, or save the model as one file first (of at most 2 GB).',
  );
}

/** The 8-bit form of the file, the same bytes on each run. */
export async function quantise(request: Quantisation): Promise<Chunks> {
  const model = readModel(await readFile(request.source));
  refuseDataElsewhere(model);
  const plan = planOf(model);
  const smoothings = await findSmoothings(model, plan.products, request);
  const nodes = rewriteNodes(model, plan, smoothings);
  const tensors = await rewriteTensors(model, plan, smoothings, (fraction) => request.onProgress?.('quantise', fraction));
  const constants = model.operatorSet >= REDUCE_MAX_WITH_AXES_INPUT ? [...CONSTANTS, LAST_AXIS] : CONSTANTS;
  return writeModel(model, { nodes, tensors: [...constants, ...[...smoothings].map(([input, smoothing]) => inverseOf(input, smoothing)), ...tensors] });
}
