import { EmbeddingRuntime, type EmbeddingRuntimeOptions, type RunReport } from '@cairn/models';

/** What a piece of work took, and the runs of the model that it caused. */
export interface Watched {
  ms: number;
  runs: RunReport[];
}

/** A runtime whose runs are seen. */
export class WatchedRuntime {
  private runs: RunReport[] = [];
  private own!: EmbeddingRuntime;

  static async start(options: EmbeddingRuntimeOptions): Promise<WatchedRuntime> {
    const watched = new WatchedRuntime();
    watched.own = await EmbeddingRuntime.start({ ...options, onRun: (run) => watched.runs.push(run) });
    return watched;
  }

  get runtime(): EmbeddingRuntime {
    return this.own;
  }

  async during(work: (runtime: EmbeddingRuntime) => Promise<unknown>): Promise<Watched> {
    this.runs = [];
    const startedAt = performance.now();
    await work(this.own);
    return { ms: performance.now() - startedAt, runs: this.runs };
  }

  stop(): Promise<void> {
    return this.own.stop();
  }
}

const sumOf = (runs: readonly RunReport[], pick: (run: RunReport) => number): number => runs.reduce((sum, run) => sum + pick(run), 0);

export const tokensOf = (runs: readonly RunReport[]): number => sumOf(runs, ({ tokens }) => tokens);

/** Computed tokens per token of text. */
export const padFactorOf = (runs: readonly RunReport[]): number => sumOf(runs, ({ paddedTokens }) => paddedTokens) / tokensOf(runs);

/** Tokens per second inside the model's thread, without the way there and back. */
export const modelRateOf = (runs: readonly RunReport[]): number => tokensOf(runs) / sumOf(runs, ({ seconds }) => seconds);
