import { availableParallelism } from 'node:os';
import type { OnnxReranker } from '../catalogue/model.js';
import type { PairEncoding } from '../tokenizer/encoding.js';
import { encodeInTurns } from './encode-in-turns.js';
import type { Lane, LaneInfo } from './lane.js';
import { LiveCalls } from './live-calls.js';
import { makeLane, type RuntimeOptions } from './make-lane.js';
import { ModelTokenizer } from './model-tokenizer.js';

const PAIRS_PER_RUN = 64;

export interface RerankerInfo {
  model: string;
  version: string;
  /** True while pairs can be scored. */
  ready: boolean;
  queries: LaneInfo;
}

/**
 * A cross-encoder ready to score texts for a query. Somebody waits for every answer, so there is one lane, of one session over all
 * processors; pairs of many calls share its runs, and a call of few pairs waits for at most one run of each other call.
 */
export class RerankerRuntime {
  readonly model: OnnxReranker;
  private readonly queries: Lane;
  private readonly calls = new LiveCalls();

  private constructor(
    options: RuntimeOptions<OnnxReranker>,
    private readonly tokenizer: ModelTokenizer,
  ) {
    const { model, threads = availableParallelism() } = options;
    this.model = model;
    this.queries = makeLane(options, { name: 'queries', sessions: 1, runsPerSession: 1, threads, texts: PAIRS_PER_RUN });
  }

  /** Rejects with a ModelRefusedError when a file is not the one of its hash, or the model does not give one number for a pair. */
  static async start(options: RuntimeOptions<OnnxReranker>): Promise<RerankerRuntime> {
    const runtime = new RerankerRuntime(options, await ModelTokenizer.open(options.model));
    try {
      await runtime.queries.start();
    } catch (error) {
      await runtime.stop();
      throw error;
    }
    return runtime;
  }

  /**
   * How well each text answers the query, from 0 to 1: the sigmoid of what the model says. It does not depend on the other texts. The query
   * keeps at most half of what the model reads, a text what is left. Rejects like the calls of an EmbeddingRuntime.
   */
  async score(query: string, texts: readonly string[], { signal }: { signal?: AbortSignal } = {}): Promise<number[]> {
    const scored = await this.calls.make(this.queries, await this.encodeAll(query, texts, signal), signal);
    return scored.map(({ vector }) => sigmoid(vector[0] as number));
  }

  /** What the model itself says of the pairs, without the sigmoid, in one run and in this order: to try whether company changes a pair. */
  async logitsTogether(query: string, texts: readonly string[]): Promise<number[]> {
    const scored = await this.calls.makeTogether(this.queries, await this.encodeAll(query, texts, undefined));
    return scored.map(({ vector }) => vector[0] as number);
  }

  /** How things stand, for probes and metrics. */
  info(): RerankerInfo {
    const queries = this.queries.info();
    return { model: this.model.id, version: this.model.version, ready: queries.ready, queries };
  }

  /** Rejects what is still asked for and ends the threads. */
  async stop(): Promise<void> {
    this.calls.stop();
    await Promise.all([this.queries.stop(), this.tokenizer.stop()]);
  }

  private encodeAll(query: string, texts: readonly string[], signal: AbortSignal | undefined): Promise<PairEncoding[]> {
    return encodeInTurns(texts, { encode: (text) => this.tokenizer.encodePair(query, text), besides: query.length, signal });
  }
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
