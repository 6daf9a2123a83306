import type { EncoderConfig } from './encoder-config.js';
import { LOGITS } from './encoder-values.js';
import type { EncoderWeights, Weight } from './encoder-weights.js';
import type { GraphBuilder } from './graph-builder.js';

interface Dense {
  input: string;
  /** The layer's name in the weights, which is the name of what it gives too. */
  name: string;
  weight: Weight;
  bias: Weight;
  output: string;
}

/** Stays in 32 bits when the model is quantised, for its few numbers decide the score: the quantiser leaves this operator alone. */
function addDense(graph: GraphBuilder, { input, name, weight, bias, output }: Dense): string {
  const operands = [input, graph.weight(`${name}.weight`, weight), graph.weight(`${name}.bias`, bias)];
  return graph.add('Gemm', operands, output, { transB: 1 });
}

/** The scores of a cross-encoder, one row for each pair of texts: a layer over the first token, then one output for each label. Gives the number of labels. */
export function addClassifier(graph: GraphBuilder, weights: EncoderWeights, { family, hidden }: EncoderConfig, input: string): number {
  const first = graph.add('Gather', [input, graph.integer('head/first', 0)], 'head/first_token', { axis: 1 });
  const [dense, scores] = family === 'bert' ? ['pooler.dense', 'classifier'] : ['classifier.dense', 'classifier.out_proj'];
  const of = (name: string, shape: readonly number[]) => (family === 'bert' ? weights.encoder(name, shape) : weights.head(name, shape));
  const square = { weight: of(`${dense}.weight`, [hidden, hidden]), bias: of(`${dense}.bias`, [hidden]) };
  const pooled = graph.add('Tanh', [addDense(graph, { input: first, name: dense, ...square, output: 'head/pooled/sum' })], 'head/pooled');
  const labels = weights.rowsOfHead(`${scores}.weight`);
  const final = { weight: weights.head(`${scores}.weight`, [labels, hidden]), bias: weights.head(`${scores}.bias`, [labels]) };
  addDense(graph, { input: pooled, name: scores, ...final, output: LOGITS });
  return labels;
}
