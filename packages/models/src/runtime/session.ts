import * as ort from 'onnxruntime-node';
import type { OnnxModel } from '../catalogue.js';
import { ModelRefusedError, readModelFile } from './model-files.js';
import { type PooledVectors, poolTokens } from './pooling.js';
import type { ThreadSettings } from './thread-messages.js';

const OUTPUT = 'last_hidden_state';
const INPUTS = ['input_ids', 'attention_mask', 'token_type_ids'];

export interface Rows {
  ids: Int32Array;
  lengths: Int32Array;
}

/** The model in memory. `run` blocks the thread it is called on, whatever its promise suggests: only worker threads may import this file. */
export class Session {
  readonly provider = 'cpu';

  private constructor(
    private readonly session: ort.InferenceSession,
    private readonly model: OnnxModel,
  ) {}

  /** Reads, checks and tries the model; a file or a model that is not what the catalogue says is a ModelRefusedError. */
  static async open({ model, threads }: ThreadSettings): Promise<Session> {
    const session = await ort.InferenceSession.create(await readModelFile(model), {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      // Spinning threads take the time of the other sessions, and made two threads slower than one.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    const opened = new Session(session, model);
    await opened.checkDimension();
    return opened;
  }

  /** A row's vector does not depend on the other rows, nor on how far they make it padded. */
  async run(rows: Rows): Promise<PooledVectors> {
    const width = Math.max(...rows.lengths);
    const output = (await this.session.run(this.inputsOf(rows, width)))[OUTPUT];
    const dimension = output?.dims.at(-1);
    if (dimension !== this.model.dimension) {
      throw new ModelRefusedError(`Model ${this.model.id} gives vectors of ${dimension} numbers, the catalogue says ${this.model.dimension}.`);
    }
    return poolTokens({ values: output?.data as Float32Array, lengths: rows.lengths, width, dimension }, this.model.pooling, this.model.normalise);
  }

  private async checkDimension(): Promise<void> {
    const lacking = [OUTPUT, ...INPUTS].filter((name) => ![...this.session.outputNames, ...this.session.inputNames].includes(name));
    if (lacking.length > 0) throw new ModelRefusedError(`Model ${this.model.id} has no ${lacking.join(', ')}.`);
    const { unusable } = await this.run({ ids: Int32Array.of(0, 0), lengths: Int32Array.of(2) });
    if (unusable.length > 0) throw new ModelRefusedError(`Model ${this.model.id} gives no usable vector for a trial input.`);
  }

  private inputsOf({ ids, lengths }: Rows, width: number): Record<string, ort.Tensor> {
    const size = lengths.length * width;
    const [padded, mask] = [new BigInt64Array(size), new BigInt64Array(size)];
    let from = 0;
    for (const [row, length] of lengths.entries()) {
      for (let i = 0; i < length; i++) padded[row * width + i] = BigInt(ids[from + i] as number);
      mask.fill(1n, row * width, row * width + length);
      from += length;
    }
    const tensor = (data: BigInt64Array) => new ort.Tensor('int64', data, [lengths.length, width]);
    return { input_ids: tensor(padded), attention_mask: tensor(mask), token_type_ids: tensor(new BigInt64Array(size)) };
  }
}
