import type { EncoderConfig } from './encoder-config.js';
import type { EncoderWeights } from './encoder-weights.js';
import type { GraphBuilder } from './graph-builder.js';
import { FLOAT } from './onnx-schema.js';
import { biasByOffset } from './relative-position.js';

// The least float: what is added to it changes nothing, and its share behind the softmax is 0. Less, and a row of padding only would be undefined.
const NOTHING = -3.4028234663852886e38;
const RELATIVE = 'encoder.relative_attention_bias.weight';

/** [rows, 1, 1, tokens]: 0 for text and the least number for padding, so that padding changes nothing at all. */
function addMask(graph: GraphBuilder): string {
  const mask = graph.add('Cast', ['attention_mask'], 'mask/floats', { to: FLOAT });
  const wide = graph.add('Unsqueeze', [mask, graph.integers('mask/axes', [1, 2])], 'mask/wide');
  const padding = graph.add('Sub', [graph.float('one', 1), wide], 'mask/padding');
  return graph.add('Mul', [padding, graph.float('mask/nothing', NOTHING)], 'mask');
}

/** [heads, tokens, tokens]: MPNet's bias of each pair of tokens, by their distance. */
function addRelativeBias(graph: GraphBuilder, weights: EncoderWeights, { buckets, heads, maxTokens: tokens }: EncoderConfig): string {
  const bias = biasByOffset(weights.encoderFloats(RELATIVE, [buckets, heads]), { buckets, heads, tokens });
  const table = graph.floats('relative/bias', [heads, 2 * tokens - 1], bias);
  const count = graph.add('Squeeze', [graph.add('Shape', ['input_ids'], 'relative/shape', { start: 1, end: 2 })], 'relative/count');
  const places = graph.add('Range', [graph.integer('relative/from', 0), count, graph.integer('relative/step', 1)], 'relative/places');
  const query = graph.add('Unsqueeze', [places, graph.integers('relative/column', [1])], 'relative/query');
  const offset = graph.add('Sub', [places, query], 'relative/offset');
  const row = graph.add('Add', [offset, graph.integer('relative/zero', tokens - 1)], 'relative/row');
  return graph.add('Gather', [table, row], 'relative', { axis: 1 });
}

/** What is added to the scores of every layer. */
export function addAttentionBias(graph: GraphBuilder, weights: EncoderWeights, config: EncoderConfig): string {
  const mask = addMask(graph);
  return config.family === 'mpnet' ? graph.add('Add', [addRelativeBias(graph, weights, config), mask], 'attention_bias') : mask;
}
