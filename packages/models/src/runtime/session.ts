import * as ort from 'onnxruntime-node';
import type { OnnxModel } from '../catalogue/model.js';
import { float16ToFloat32 } from '../convert/half-floats.js';
import { relevances } from './late-interaction.js';
import { type ModelBytes, ModelRefusedError, readModelFile } from './model-files.js';
import { feedsOf, KNOWN_INPUTS, type Shape, shapeOf, unknownInputs } from './model-inputs.js';
import { PIXELS, pictureFeeds } from './picture-input.js';
import { type PooledVectors, poolTokens, type TokenVectors } from './pooling.js';
import { type Provider, providerProblem } from './provider.js';
import type { PictureRows, RunRows, RunTask, ThreadSettings } from './thread-messages.js';
import { numbersSeen, type RunnableModel, type TextTower, type VisionTower } from './towers.js';

/** What exporters call the token vectors, the score of a pair of texts, and the vector of a whole text or image. */
const OUTPUTS = {
  onnx: ['last_hidden_state', 'token_embeddings'],
  reranker: ['logits'],
  'text-tower': ['text_embeds'],
  'vision-tower': ['image_embeds'],
};

/** The model in memory. `run` blocks the thread it is called on, whatever its promise suggests: only worker threads may import this file. */
export class Session {
  private constructor(
    private readonly session: ort.InferenceSession,
    private readonly model: RunnableModel,
    private readonly output: string,
    readonly provider: Provider,
  ) {}

  /** Reads, checks and tries the model; a file or a model that is not what the catalogue says is a ModelRefusedError. */
  static async open({ model, threads, provider }: ThreadSettings): Promise<Session> {
    const session = await create(await readModelFile(model), threads, provider);
    const opened = new Session(session, model, outputOf(session, model), provider);
    await opened.tryOut();
    return opened;
  }

  /** What a row gives does not depend on the other rows, nor on how far they make it padded. */
  async run(rows: RunRows, task: RunTask = 'each'): Promise<PooledVectors> {
    if ('pixels' in rows) return this.seeAll(rows);
    const { model } = this;
    const shape = shapeOf(rows);
    const output = await this.outputFor(feedsOf(this.session, shape));
    if (model.kind === 'reranker') return scoresOf(model, output, shape);
    if (model.kind !== 'onnx') return wholeVectorsOf(model, output, rows.lengths.length);
    const tokens = tokenVectorsOf(model, output, shape);
    if (task === 'compare') return { vectors: relevances(tokens, model.pooling), unusable: [] };
    return poolTokens(tokens, model.pooling, model.normalise);
  }

  private async seeAll(rows: PictureRows): Promise<PooledVectors> {
    const { model } = this;
    if (model.kind !== 'vision-tower') throw new Error(`Model ${model.id} reads no images`);
    return wholeVectorsOf(model, await this.outputFor(pictureFeeds(rows, model.sight)), rows.count);
  }

  private async outputFor(feeds: Record<string, ort.Tensor>): Promise<ort.Tensor> {
    return (await this.session.run(feeds, [this.output]))[this.output] as ort.Tensor;
  }

  private async tryOut(): Promise<void> {
    const { unusable } = await this.run(trialOf(this.model));
    if (unusable.length > 0) throw new ModelRefusedError(`Model ${this.model.id} gives no usable numbers for a trial input.`);
  }
}

async function create({ graph, data }: ModelBytes, threads: number, provider: Provider): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(graph, {
      externalData: data,
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      // Spinning threads take the time of the other sessions, and made two threads slower than one.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
  } catch (error) {
    throw providerProblem(provider, error) ?? error;
  }
}

/** Two tokens, or an even image. */
function trialOf(model: RunnableModel): RunRows {
  if (model.kind !== 'vision-tower') return { ids: Int32Array.of(0, 0), lengths: Int32Array.of(2) };
  return { pixels: new Float32Array(numbersSeen(model.sight)).fill(1), count: 1 };
}

/** Refuses a model that wants something we do not give. */
function checkInputs({ inputNames }: ort.InferenceSession, { id, kind }: RunnableModel): void {
  const sees = kind === 'vision-tower';
  const wanted = sees ? inputNames.filter((name) => name !== PIXELS) : unknownInputs(inputNames);
  if (wanted.length > 0)
    throw new ModelRefusedError(`Model ${id} asks for ${wanted.join(', ')}; ${sees ? `an image has ${PIXELS}` : `a text has ${KNOWN_INPUTS}`}.`);
  // A text tower finds the end of a text by its last token, and looks at nothing behind it.
  const needed = { onnx: ['input_ids', 'attention_mask'], reranker: ['input_ids', 'attention_mask'], 'text-tower': ['input_ids'], 'vision-tower': [PIXELS] };
  const lacking = needed[kind].filter((name) => !inputNames.includes(name));
  if (lacking.length > 0) throw new ModelRefusedError(`Model ${id} does not read ${lacking.join(', ')}.`);
}

/** Refuses a model that wants something we do not give, or gives nothing we know. */
function outputOf(session: ort.InferenceSession, model: RunnableModel): string {
  checkInputs(session, model);
  const known = OUTPUTS[model.kind];
  const output = known.find((name) => session.outputNames.includes(name));
  if (output === undefined) throw new ModelRefusedError(`Model ${model.id} gives ${session.outputNames.join(', ')} and none of ${known.join(', ')}.`);
  return output;
}

function tokenVectorsOf(model: OnnxModel, output: ort.Tensor, { rows, width }: Shape): TokenVectors {
  const dimension = output.dims.at(-1) ?? 0;
  if (dimension === model.dimension) return { values: floatsOf(output), lengths: rows.lengths, width, dimension };
  throw new ModelRefusedError(`Model ${model.id} gives vectors of ${dimension} numbers, the catalogue says ${model.dimension}.`);
}

/** One vector for each row, of length one. */
function wholeVectorsOf({ id, dimension }: TextTower | VisionTower, output: ort.Tensor, count: number): PooledVectors {
  const found = output.dims.at(-1) ?? 0;
  if (output.dims.length !== 2 || output.dims[0] !== count)
    throw new ModelRefusedError(`Model ${id} gives numbers in the shape ${output.dims.join(' x ')}, and one row for each text or image is needed.`);
  if (found !== dimension) throw new ModelRefusedError(`Model ${id} gives vectors of ${found} numbers, the catalogue says ${dimension}.`);
  return poolTokens({ values: floatsOf(output), lengths: new Int32Array(count).fill(1), width: 1, dimension }, 'cls', true);
}

/** The one number of each row, in memory of its own: it is given away. */
function scoresOf({ id }: RunnableModel, output: ort.Tensor, { rows }: Shape): PooledVectors {
  const [scores, count] = [floatsOf(output).slice(), rows.lengths.length];
  if (scores.length !== count) throw new ModelRefusedError(`Model ${id} gives ${scores.length / count} numbers for a pair of texts, and a reranker gives one.`);
  return { vectors: scores, unusable: [...scores.keys()].filter((row) => !Number.isFinite(scores[row])) };
}

function floatsOf({ data, type }: ort.Tensor): Float32Array {
  if (type === 'float32') return data as Float32Array;
  if (type === 'float16') return float16ToFloat32(bytesOf(data as Uint16Array));
  throw new ModelRefusedError(`The model gives numbers of the type ${type}, which is not supported.`);
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
