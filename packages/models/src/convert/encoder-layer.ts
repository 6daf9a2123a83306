import type { EncoderConfig } from './encoder-config.js';
import { type EncoderWeights, layerNames } from './encoder-weights.js';
import type { GraphBuilder } from './graph-builder.js';

interface Norm {
  input: string;
  name: string;
  output: string;
  config: EncoderConfig;
}

/** A layer normalisation over the last dimension. */
export function addNormalisation(graph: GraphBuilder, weights: EncoderWeights, { input, name, output, config }: Norm): string {
  const vector = (part: string) => graph.weight(`${name}.${part}`, weights.encoder(`${name}.${part}`, [config.hidden]));
  return graph.add('LayerNormalization', [input, vector('weight'), vector('bias')], output, { axis: -1, epsilon: config.epsilon });
}

/** One layer of the encoder: attention, then two linear layers, each added to what it read. */
export class EncoderLayer {
  private readonly path: string;

  constructor(
    private readonly graph: GraphBuilder,
    private readonly weights: EncoderWeights,
    private readonly config: EncoderConfig,
    index: number,
  ) {
    this.path = `encoder.layer.${index}`;
  }

  /** `output` names what the layer gives. */
  add(input: string, bias: string, output: string): string {
    const { attentionOutput, attentionNorm } = layerNames(this.config);
    const { hidden, intermediate } = this.config;
    const attended = this.linear(this.attention(input, bias), attentionOutput, hidden, hidden);
    const middle = this.normaliseSum(attended, input, attentionNorm, `${this.path}/attended`);
    const wide = this.activate(this.linear(middle, 'intermediate.dense', hidden, intermediate));
    return this.normaliseSum(this.linear(wide, 'output.dense', intermediate, hidden), middle, 'output.LayerNorm', output);
  }

  private linear(input: string, name: string, inputs: number, outputs: number): string {
    const path = `${this.path}.${name}`;
    const matrix = this.graph.weight(`${path}.weight`, this.weights.encoderMatrix(`${path}.weight`, inputs, outputs));
    const bias = this.graph.weight(`${path}.bias`, this.weights.encoder(`${path}.bias`, [outputs]));
    return this.graph.add('Add', [this.graph.add('MatMul', [input, matrix], `${path}/product`), bias], path);
  }

  /** [rows, heads, tokens, size], or with the last two the other way round. */
  private split(input: string, order: readonly number[]): string {
    const parts = this.graph.add('Reshape', [input, 'attention/split'], `${input}/heads`);
    return this.graph.add('Transpose', [parts], `${input}/by_head`, { perm: order });
  }

  private attention(input: string, bias: string): string {
    const { graph, config, path } = this;
    const { query, key, value } = layerNames(config);
    const project = (name: string, order: readonly number[]) => this.split(this.linear(input, name, config.hidden, config.hidden), order);
    const product = graph.add('MatMul', [project(query, [0, 2, 1, 3]), project(key, [0, 2, 3, 1])], `${path}/product`);
    const scores = graph.add('Add', [graph.add('Div', [product, 'attention/divisor'], `${path}/scaled`), bias], `${path}/scores`);
    const shares = graph.add('Softmax', [scores], `${path}/shares`, { axis: -1 });
    const context = graph.add('MatMul', [shares, project(value, [0, 2, 1, 3])], `${path}/context`);
    const joined = graph.add('Transpose', [context], `${path}/context/by_token`, { perm: [0, 2, 1, 3] });
    return graph.add('Reshape', [joined, 'attention/join'], `${path}/context/joined`);
  }

  /** GELU with the error function itself, in the five operators that ONNX Runtime makes one of. */
  private activate(input: string): string {
    const { graph, config, path } = this;
    if (config.activation === 'relu') return graph.add('Relu', [input], `${path}/active`);
    const error = graph.add('Erf', [graph.add('Div', [input, 'gelu/root_of_two'], `${path}/gelu/small`)], `${path}/gelu/error`);
    const share = graph.add('Add', [error, 'one'], `${path}/gelu/share`);
    return graph.add('Mul', [graph.add('Mul', [input, share], `${path}/gelu/double`), 'gelu/half'], `${path}/active`);
  }

  private normaliseSum(changed: string, before: string, name: string, output: string): string {
    const sum = this.graph.add('Add', [changed, before], `${output}/sum`);
    return addNormalisation(this.graph, this.weights, { input: sum, name: `${this.path}.${name}`, output, config: this.config });
  }
}

/** The small constants that all layers share. */
export function addLayerConstants(graph: GraphBuilder, { hidden, heads, activation }: EncoderConfig): void {
  const size = hidden / heads;
  // 0 stands for "as it is": rows and tokens.
  graph.integers('attention/split', [0, 0, heads, size]);
  graph.integers('attention/join', [0, 0, hidden]);
  graph.float('attention/divisor', Math.sqrt(size));
  if (activation !== 'gelu') return;
  graph.float('gelu/root_of_two', Math.SQRT2);
  graph.float('gelu/half', 0.5);
}
