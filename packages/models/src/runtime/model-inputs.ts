import * as ort from 'onnxruntime-node';
import { ModelRefusedError } from './model-files.js';
import type { TextRows } from './thread-messages.js';

/** How the rows of a run lie in its tensors. */
export interface Shape {
  rows: TextRows;
  width: number;
}

/** What a text has for a model to read, and how each is made. */
const INPUTS: Record<string, (shape: Shape) => BigInt64Array> = {
  input_ids: ({ rows, width }) => spread(rows, width, (index, from) => BigInt(rows.ids[from + index] as number)),
  attention_mask: ({ rows, width }) => spread(rows, width, () => 1n),
  token_type_ids: ({ rows, width }) => typesOf(rows, width),
  position_ids: ({ rows, width }) => BigInt64Array.from({ length: rows.lengths.length * width }, (_, at) => BigInt(at % width)),
};
/** Keys and values of earlier tokens, which a text decoder takes; a text that is embedded has none. */
const PAST = /^past_key_values\.\d+\.(key|value)$/;

/** For messages: what a model may ask for. */
export const KNOWN_INPUTS = `${Object.keys(INPUTS).join(', ')} and past_key_values of no tokens`;

/** Which of a model's inputs a text does not have. */
export function unknownInputs(names: readonly string[]): string[] {
  return names.filter((name) => INPUTS[name] === undefined && !PAST.test(name));
}

export function shapeOf(rows: TextRows): Shape {
  return { rows, width: Math.max(...rows.lengths) };
}

/** A tensor for each input of the model. Rows are padded on the right, so that a token's place is the same in any company. */
export function feedsOf({ inputMetadata }: Pick<ort.InferenceSession, 'inputMetadata'>, shape: Shape): Record<string, ort.Tensor> {
  const dims = [shape.rows.lengths.length, shape.width];
  const feed = (input: Metadata): ort.Tensor => {
    const make = INPUTS[input.name];
    return make === undefined ? emptyPast(input, shape.rows.lengths.length) : new ort.Tensor('int64', make(shape), dims);
  };
  return Object.fromEntries(inputMetadata.map((input) => [input.name, feed(input as Metadata)]));
}

type Metadata = ort.InferenceSession.TensorValueMetadata;

function typesOf(rows: TextRows, width: number): BigInt64Array {
  const { types, lengths } = rows;
  return types === undefined ? new BigInt64Array(lengths.length * width) : spread(rows, width, (index, from) => BigInt(types[from + index] as number));
}

function spread({ lengths }: TextRows, width: number, at: (index: number, from: number) => bigint): BigInt64Array {
  const values = new BigInt64Array(lengths.length * width);
  let from = 0;
  for (const [row, length] of lengths.entries()) {
    for (let index = 0; index < length; index++) values[row * width + index] = at(index, from);
    from += length;
  }
  return values;
}

function emptyPast({ name, type, shape }: Metadata, rows: number): ort.Tensor {
  // [rows, heads, 0 earlier tokens, width of a head]: what is a name and not a number is the batch first, then the past.
  const dims = shape.map((size, at) => (typeof size === 'number' ? size : at === 0 ? rows : 0));
  if (type === 'float16') return new ort.Tensor('float16', new Uint16Array(0), dims);
  if (type === 'float32') return new ort.Tensor('float32', new Float32Array(0), dims);
  throw new ModelRefusedError(`The input ${name} is of the type ${type}, which is not supported.`);
}
