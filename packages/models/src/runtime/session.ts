import * as ort from 'onnxruntime-node';
import type { InstalledModel, OnnxModel } from '../catalogue/model.js';
import { float16ToFloat32 } from '../convert/half-floats.js';
import { relevances } from './late-interaction.js';
import { type ModelBytes, ModelRefusedError, readModelFile } from './model-files.js';
import { feedsOf, KNOWN_INPUTS, type Shape, shapeOf, unknownInputs } from './model-inputs.js';
import { type PooledVectors, poolTokens, type TokenVectors } from './pooling.js';
import { type Provider, providerProblem } from './provider.js';
import type { RunRows, RunTask, ThreadSettings } from './thread-messages.js';

/** What exporters call the token vectors, and the score of a pair of texts. */
const OUTPUTS = { onnx: ['last_hidden_state', 'token_embeddings'], reranker: ['logits'] };

/** The model in memory. `run` blocks the thread it is called on, whatever its promise suggests: only worker threads may import this file. */
export class Session {
  private constructor(
    private readonly session: ort.InferenceSession,
    private readonly model: InstalledModel,
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
    const { model } = this;
    const shape = shapeOf(rows);
    const output = (await this.session.run(feedsOf(this.session, shape), [this.output]))[this.output] as ort.Tensor;
    if (model.kind === 'reranker') return scoresOf(model, output, shape);
    const tokens = tokenVectorsOf(model, output, shape);
    if (task === 'compare') return { vectors: relevances(tokens, model.pooling), unusable: [] };
    return poolTokens(tokens, model.pooling, model.normalise);
  }

  private async tryOut(): Promise<void> {
    const { unusable } = await this.run({ ids: Int32Array.of(0, 0), lengths: Int32Array.of(2) });
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

/** Refuses a model that wants something we do not give, or gives nothing we know. */
function outputOf(session: ort.InferenceSession, model: InstalledModel): string {
  const wanted = unknownInputs(session.inputNames);
  if (wanted.length > 0) throw new ModelRefusedError(`Model ${model.id} asks for ${wanted.join(', ')}; a text has ${KNOWN_INPUTS}.`);
  const lacking = ['input_ids', 'attention_mask'].filter((name) => !session.inputNames.includes(name));
  if (lacking.length > 0) throw new ModelRefusedError(`Model ${model.id} does not read ${lacking.join(', ')}.`);
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

/** The one number of each row, in memory of its own: it is given away. */
function scoresOf({ id }: InstalledModel, output: ort.Tensor, { rows }: Shape): PooledVectors {
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
