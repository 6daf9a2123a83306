import { addAttentionBias } from './attention-bias.js';
import { addClassifier } from './classifier-head.js';
import type { EncoderConfig } from './encoder-config.js';
import { addEmbeddings } from './encoder-embeddings.js';
import { addLayerConstants, EncoderLayer } from './encoder-layer.js';
import { HIDDEN_STATE, LOGITS, MODEL_INPUTS } from './encoder-values.js';
import { EncoderWeights } from './encoder-weights.js';
import { GraphBuilder } from './graph-builder.js';
import { FLOAT, INT64 } from './onnx-schema.js';
import type { Chunks } from './protobuf.js';
import type { SafetensorsFile } from './safetensors.js';
import { makeModel } from './write-onnx.js';

const OPERATOR_SET = 17;

/**
 * The ONNX file of an encoder, in 32-bit floats. A row's result depends neither on the other rows nor on padding.
 * The weights are read when the file is written, so `file` must stay open until then.
 */
export function buildBertGraph(config: EncoderConfig, file: SafetensorsFile): Chunks {
  const graph = new GraphBuilder();
  const weights = new EncoderWeights(file, config.family);
  addLayerConstants(graph, config);
  const bias = addAttentionBias(graph, weights, config);
  let hidden = addEmbeddings(graph, weights, config);
  for (let i = 0; i < config.layers; i++) {
    const output = i === config.layers - 1 ? HIDDEN_STATE : `encoder.layer.${i}/output`;
    hidden = new EncoderLayer(graph, weights, config, i).add(hidden, bias, output);
  }
  const output =
    config.head === 'none'
      ? { name: HIDDEN_STATE, type: FLOAT, dims: ['batch', 'sequence', config.hidden] }
      : { name: LOGITS, type: FLOAT, dims: ['batch', addClassifier(graph, weights, config, hidden)] };
  return makeModel({
    name: config.architecture,
    operatorSet: OPERATOR_SET,
    nodes: graph.nodes,
    tensors: graph.tensors,
    inputs: MODEL_INPUTS.map((name) => ({ name, type: INT64, dims: ['batch', 'sequence'] })),
    outputs: [output],
  });
}
