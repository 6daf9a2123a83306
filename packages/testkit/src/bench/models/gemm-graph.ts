import { join } from 'node:path';
import type { OnnxModel } from '@cairn/models';
import { loadInside } from '../core/service-parts.js';
import { uniformFrom } from '../core/uniform.js';
import { modelOfFile } from './model-files.js';

/** The shapes of all-MiniLM-L6-v2. */
const LAYERS = 6;
const HIDDEN = 384;
const WIDE = 1_536;
/** What a layer multiplies each token's vector with: query, key, value and output of the attention, and both halves of the feed-forward net. */
const MATRICES: readonly [number, number][] = [...Array.from({ length: 4 }, (): [number, number] => [HIDDEN, HIDDEN]), [HIDDEN, WIDE], [WIDE, HIDDEN]];

const FLOAT = 1;
const INT64 = 7;
const OPERATOR_SET = 17;

/** Floating-point operations for a token in the products with weights: all that the graph below does. */
export const PRODUCTS_PER_TOKEN = 2 * LAYERS * MATRICES.reduce((sum, [rows, columns]) => sum + rows * columns, 0);

/** The same with the attention's own products, of each token with all others. */
export const encoderOperationsPerToken = (width: number): number => PRODUCTS_PER_TOKEN + 2 * LAYERS * 2 * HIDDEN * width;

interface Builder {
  nodes: readonly object[];
  tensors: readonly object[];
  add(type: string, inputs: readonly string[], output: string, attributes?: Record<string, number>): string;
  floats(name: string, dims: readonly number[], values: Float32Array): string;
  integers(name: string, values: readonly number[]): string;
}

interface Writer {
  makeModel(parts: object): object;
}

interface Files {
  writeNewFile(path: string, content: object): Promise<unknown>;
}

/** A model file of nothing but the encoder's matrix products, one after the other, that the runtime runs like any other. */
export async function writeGemmModel(folder: string): Promise<OnnxModel> {
  const { GraphBuilder } = await loadInside<{ GraphBuilder: new () => Builder }>('models', 'convert/graph-builder.js');
  const { makeModel } = await loadInside<Writer>('models', 'convert/write-onnx.js');
  const { writeNewFile } = await loadInside<Files>('models', 'convert/write-file.js');
  const { nodes, tensors } = productsIn(new GraphBuilder());
  const dims = ['batch', 'sequence'];
  const inputs = ['input_ids', 'attention_mask'].map((name) => ({ name, type: INT64, dims }));
  const outputs = [{ name: 'last_hidden_state', type: FLOAT, dims: [...dims, HIDDEN] }];
  const path = join(folder, 'products.onnx');
  await writeNewFile(path, makeModel({ name: 'products', operatorSet: OPERATOR_SET, nodes, tensors, inputs, outputs }));
  return modelOfFile(path, { id: 'products', aliases: [], pooling: 'cls', normalise: false });
}

function productsIn(graph: Builder): Builder {
  const uniform = uniformFrom(5);
  // Of a size that neither grows nor fades from product to product: tiny numbers are computed more slowly.
  const weights = (count: number, inputs: number) => Float32Array.from({ length: count }, () => (uniform() - 0.5) * Math.sqrt(12 / inputs));
  graph.add('Cast', ['input_ids'], 'floats', { to: FLOAT });
  graph.add('Unsqueeze', ['floats', graph.integers('last', [-1])], 'columns');
  let hidden = graph.add('Add', ['columns', graph.floats('embedding', [HIDDEN], weights(HIDDEN, 1))], 'hidden');
  for (let layer = 0; layer < LAYERS; layer++) {
    for (const [at, [rows, columns]] of MATRICES.entries()) {
      const last = layer === LAYERS - 1 && at === MATRICES.length - 1;
      const weight = graph.floats(`weight.${layer}.${at}`, [rows, columns], weights(rows * columns, rows));
      hidden = graph.add('MatMul', [hidden, weight], last ? 'last_hidden_state' : `product.${layer}.${at}`);
    }
  }
  return graph;
}
