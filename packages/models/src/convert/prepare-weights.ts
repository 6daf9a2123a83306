import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buildBertGraph } from './bert-graph.js';
import { ConversionRefusedError } from './conversion-refused.js';
import { type EncoderConfig, maxTokensOf, readEncoderConfig } from './encoder-config.js';
import { HIDDEN_STATE, LOGITS } from './encoder-values.js';
import { type FoundData, findDataFiles } from './find-data-files.js';
import type { FoundWeights } from './find-weights.js';
import type { ModelFolder } from './model-folder.js';
import { type OnnxFile, readModel } from './onnx-file.js';
import { vocabularySize } from './quantise.js';
import { SafetensorsFile } from './safetensors.js';
import { type OutputKind, outputOf } from './try-model.js';
import { writeNewFile } from './write-file.js';
import { LARGEST_FILE } from './write-onnx.js';

/** An fp32 file and what is known of it. */
export interface PreparedWeights {
  path: string;
  /** What lies beside it and must do so wherever it goes. */
  data: readonly FoundData[];
  output: OutputKind;
  vocabulary: number;
  maxTokens: number | undefined;
}

interface Preparation {
  folder: ModelFolder;
  weights: FoundWeights;
  config: Readonly<Record<string, unknown>> | undefined;
  /** A folder for files on the way. */
  workplace: string;
  onProgress: (fraction: number) => void;
}

async function readBytes({ path, name }: FoundWeights): Promise<Buffer> {
  const { size } = await stat(path);
  if (size > LARGEST_FILE) throw new ConversionRefusedError(`${name} has ${size} bytes; a whole ONNX file ends at ${LARGEST_FILE}.`);
  return await readFile(path);
}

async function readOnnx(folder: ModelFolder, weights: FoundWeights): Promise<{ model: OnnxFile; data: FoundData[] }> {
  const bytes = await readBytes(weights);
  try {
    return { data: await findDataFiles(folder, weights, bytes), model: readModel(bytes) };
  } catch (cause) {
    if (cause instanceof ConversionRefusedError) throw cause;
    throw new ConversionRefusedError(`${weights.name} is not a whole ONNX file. Download or export it again.`, { cause });
  }
}

async function prepareOnnx({ folder, weights, config }: Preparation): Promise<PreparedWeights> {
  const { model, data } = await readOnnx(folder, weights);
  return {
    path: weights.path,
    data,
    output: outputOf(model),
    // A model that looks its ids up in another way is tried with the smallest ids only.
    vocabulary: vocabularySize(model) ?? 2,
    maxTokens: config && maxTokensOf(config),
  };
}

async function writeGraph(encoder: EncoderConfig, { weights, workplace, onProgress }: Preparation): Promise<string> {
  const path = join(workplace, 'built.onnx');
  const file = SafetensorsFile.open(weights.path);
  try {
    await writeNewFile(path, buildBertGraph(encoder, file), onProgress);
  } finally {
    file.close();
  }
  return path;
}

async function prepareSafetensors(preparation: Preparation): Promise<PreparedWeights> {
  if (preparation.config === undefined)
    throw new ConversionRefusedError('The folder has no config.json, without which the weights say nothing. Download it too.');
  const encoder = readEncoderConfig(preparation.config);
  return {
    path: await writeGraph(encoder, preparation),
    data: [],
    output: encoder.head === 'none' ? HIDDEN_STATE : LOGITS,
    vocabulary: encoder.vocabulary,
    maxTokens: encoder.maxTokens,
  };
}

/** The folder's weights as an fp32 ONNX file: as it is, or built from the safetensors. */
export async function prepareWeights(preparation: Preparation): Promise<PreparedWeights> {
  return await (preparation.weights.kind === 'onnx' ? prepareOnnx(preparation) : prepareSafetensors(preparation));
}
