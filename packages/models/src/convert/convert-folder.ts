import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pooling } from '../runtime/pooling.js';
import type { Vocabulary } from './calibrate.js';
import { ConversionRefusedError } from './conversion-refused.js';
import { findWeights } from './find-weights.js';
import { ModelFolder } from './model-folder.js';
import { type PreparedWeights, prepareWeights } from './prepare-weights.js';
import { quantise } from './quantise.js';
import { readSentenceSettings } from './sentence-settings.js';
import { type OutputKind, tryModel } from './try-model.js';
import { fileChunks, type WrittenFile, writeNewFile } from './write-file.js';

export type { OutputKind, WrittenFile };
export { ConversionRefusedError };

/** In this order; `build` only from safetensors, `calibrate` and `quantise` only when quantising. */
export type ConversionStage = 'build' | 'calibrate' | 'quantise' | 'write' | 'try';

export interface ConversionRequest {
  /** The folder with the published files. */
  from: string;
  /** Where the result goes; made when it is not there. */
  to: string;
  /** Whether to make the batch-invariant 8-bit form. */
  quantise: boolean;
  /** How far a stage has come, from 0 to 1. */
  onProgress?: (stage: ConversionStage, fraction: number) => void;
}

export interface ConvertedFile extends WrittenFile {
  /** Inside `to`. */
  path: string;
}

/** What is undefined, the folder does not say. */
export interface ConvertedModel {
  files: { model: ConvertedFile; tokenizer: ConvertedFile; data: readonly ConvertedFile[] };
  /** What the weights were published as. */
  source: 'onnx' | 'safetensors';
  quantised: boolean;
  architecture: string | undefined;
  output: OutputKind;
  /** How many numbers a token's vector has, or a cross-encoder's answer. */
  dimension: number;
  maxTokens: number | undefined;
  pooling: Pooling | undefined;
  normalise: boolean | undefined;
}

type Config = Readonly<Record<string, unknown>>;

const MODEL_NAMES = { plain: 'model.onnx', quantised: 'model_int8_row.onnx' };
const TOKENIZER = 'tokenizer.json';
const TOKENIZER_ADVICE = 'Download it too, or save it: AutoTokenizer.from_pretrained(folder).save_pretrained(folder).';

function architectureOf(config: Config | undefined): string | undefined {
  const [architecture] = Array.isArray(config?.architectures) ? config.architectures : [];
  return typeof architecture === 'string' ? architecture : undefined;
}

/** The id of a marker, where config.json tells it; BERT's does not. */
function markersOf(config: Config | undefined, size: number): Vocabulary['borders'] {
  const [first, last] = [config?.bos_token_id, config?.eos_token_id];
  const isId = (id: unknown): id is number => Number.isSafeInteger(id) && (id as number) >= 0 && (id as number) < size;
  return config?.model_type !== 'bert' && isId(first) && isId(last) ? { first, last } : undefined;
}

function smallest(...limits: (number | undefined)[]): number | undefined {
  const known = limits.filter((limit) => limit !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

interface Writing {
  request: ConversionRequest;
  prepared: PreparedWeights;
  vocabulary: Vocabulary;
  workplace: string;
  target: string;
}

async function writeModelFile({ request, prepared, vocabulary, workplace, target }: Writing): Promise<WrittenFile> {
  const scratch = join(workplace, 'scratch.onnx');
  const content = request.quantise
    ? await quantise({ source: prepared.path, scratch, vocabulary, onProgress: request.onProgress })
    : await fileChunks(prepared.path);
  return await writeNewFile(target, content, (fraction) => request.onProgress?.('write', fraction));
}

const OWN_NAMES = [TOKENIZER, ...Object.values(MODEL_NAMES)];

async function copyData({ data }: PreparedWeights, workplace: string): Promise<ConvertedFile[]> {
  const copied: ConvertedFile[] = [];
  for (const { name, path } of data) {
    if (OWN_NAMES.includes(name)) throw new ConversionRefusedError(`The model keeps data in a file called ${name}, which is the name of another file here.`);
    copied.push({ path: name, ...(await writeNewFile(join(workplace, name), await fileChunks(path))) });
  }
  return copied;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The files get their names only when all of them are whole; the model is the last. */
async function publish(workplace: string, to: string, names: readonly string[]): Promise<void> {
  for (const name of names) await rename(join(workplace, name), join(to, name));
  await syncFolder(to);
}

async function convertIn(workplace: string, folder: ModelFolder, request: ConversionRequest): Promise<ConvertedModel> {
  const { onProgress } = request;
  const weights = await findWeights(folder);
  const tokenizer = await folder.require(TOKENIZER, TOKENIZER_ADVICE);
  await folder.readObject(TOKENIZER);
  const config = await folder.readObject('config.json');
  const settings = await readSentenceSettings(folder);

  const prepared = await prepareWeights({ folder, weights, config, workplace, onProgress: (fraction) => onProgress?.('build', fraction) });
  const maxTokens = smallest(prepared.maxTokens, settings.maxTokens);
  const vocabulary: Vocabulary = { size: prepared.vocabulary, borders: markersOf(config, prepared.vocabulary), maxTokens };
  const name = request.quantise ? MODEL_NAMES.quantised : MODEL_NAMES.plain;
  const model = await writeModelFile({ request, prepared, vocabulary, workplace, target: join(workplace, name) });
  const data = await copyData(prepared, workplace);
  onProgress?.('try', 0);
  const { dimension } = await tryModel(join(workplace, name), prepared.output, vocabulary);
  onProgress?.('try', 1);
  const copied = await writeNewFile(join(workplace, TOKENIZER), await fileChunks(tokenizer));
  await publish(workplace, request.to, [TOKENIZER, ...data.map(({ path }) => path), name]);
  return {
    files: { model: { path: name, ...model }, tokenizer: { path: TOKENIZER, ...copied }, data },
    source: weights.kind,
    quantised: request.quantise,
    architecture: architectureOf(config),
    output: prepared.output,
    dimension,
    maxTokens,
    pooling: settings.pooling,
    normalise: settings.normalise,
  };
}

/**
 * Takes over a published model: writes an ONNX file and tokenizer.json into `to`, whole or not at all, and tells what the folder says of them.
 * Nothing of the folder is run or changed; what cannot be taken over exactly is a ConversionRefusedError. Keeps this process busy for seconds,
 * and takes three times the model's size in memory. A folder `.import-…` in `to` was left by a process that was killed; it may be removed.
 */
export async function convertFolder(request: ConversionRequest): Promise<ConvertedModel> {
  const folder = await ModelFolder.open(request.from);
  await mkdir(request.to, { recursive: true });
  const workplace = join(request.to, `.import-${randomUUID()}`);
  await mkdir(workplace);
  try {
    return await convertIn(workplace, folder, request);
  } finally {
    await rm(workplace, { recursive: true, force: true });
  }
}
