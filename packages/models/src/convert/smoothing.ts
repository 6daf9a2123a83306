// A few channels behind each layer normalisation are 5 to 15 times larger than the rest and would take the whole range of a byte;
// they are divided by a power of two, and the weights that meet them multiplied by it.
import { type ConstantTensor, floatsOf, type OnnxFile, type OnnxNode } from './onnx-file.js';
import { largestOfRow } from './quantise-weights.js';

// How far the difference in size moves from the activations to the weights; 0.5 to 0.8 measure alike.
const SMOOTHING = 0.7;
export const TINY = 1e-12;

/** Powers of two, so that dividing and multiplying by them loses nothing. */
export function smoothingOf(activations: Float32Array, weights: readonly ConstantTensor[]): Float32Array {
  const readable = weights.map((tensor) => ({ columns: tensor.dims[1] ?? 0, values: floatsOf(tensor) }));
  return activations.map((activation, channel) => {
    const rows = readable.map(({ columns, values }) => largestOfRow(values, channel * columns, columns));
    const weight = Math.max(TINY, ...rows);
    return 2 ** Math.round(Math.log2(Math.max(TINY, activation) ** SMOOTHING / weight ** (1 - SMOOTHING)));
  });
}

/** The values behind a layer normalisation: the operator itself, or what older exports write for it, which ends in a product and a sum with constants. */
export function normalisedValues({ nodes, tensors }: OnnxFile): Set<string> {
  const isVector = (name: string) => tensors.get(name)?.dims.length === 1;
  const withVector = (type: string) => nodes.filter((node) => node.type === type && node.inputs.some(isVector));
  const scaled = new Set(withVector('Mul').flatMap(({ outputs }) => outputs));
  const shifted = withVector('Add').filter(({ inputs }) => inputs.some((input) => scaled.has(input)));
  const normalised = nodes.filter(({ type }) => type === 'LayerNormalization');
  return new Set([...normalised, ...shifted].map(({ outputs }) => outputs[0] as string));
}

/** Which products may have their input smoothed: a weight that meets several inputs can follow only one of them. */
export function smoothableInputs(products: readonly OnnxNode[], normalised: ReadonlySet<string>): string[] {
  const inputsOf = (weight: string | undefined) => new Set(products.filter(({ inputs }) => inputs[1] === weight).map(({ inputs }) => inputs[0]));
  const shared = new Set(products.filter(({ inputs }) => inputsOf(inputs[1]).size > 1).map(({ inputs }) => inputs[0]));
  const candidates = new Set(products.map(({ inputs }) => inputs[0] as string));
  return [...candidates].filter((input) => normalised.has(input) && !shared.has(input));
}
