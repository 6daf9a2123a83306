import { CairnError, DependencyError } from '@cairn/common/contracts';
import type { Encoding } from '../tokenizer/encoding.js';
import type { EmbedCall, PendingText } from './embed-call.js';
import { InferenceThread, type InferenceThreadOptions, OutOfMemoryError, RunNotBegunError, type ThreadState } from './inference-thread.js';
import { packRows } from './row.js';
import { RunSizer } from './run-sizer.js';
import { type RunLimits, TextQueue } from './text-queue.js';
import type { RunResult } from './thread-messages.js';

/** Plain sums since the start, for whoever exports metrics. */
export interface LaneCounters {
  /** Or images, which have no tokens. */
  texts: number;
  tokens: number;
  /** Tokens with the padding: what the model computed. */
  paddedTokens: number;
  runs: number;
  runSeconds: number;
  failedRuns: number;
  /** Runs that did not fit into memory and were tried again in smaller ones. */
  shrunkRuns: number;
}

export type LaneName = 'documents' | 'queries' | 'images';

/** What became of one run. */
export interface RunReport {
  model: string;
  lane: LaneName;
  outcome: 'done' | 'failed' | 'too_large';
  texts: number;
  tokens: number;
  /** Tokens with the padding: what the model computed. */
  paddedTokens: number;
  seconds: number;
}

/** A report of a lane, which knows neither its name nor its model. */
type LaneRun = Omit<RunReport, 'model' | 'lane'>;
type RunSize = Pick<RunReport, 'texts' | 'tokens' | 'paddedTokens'>;

export interface SessionInfo {
  state: ThreadState;
  provider: string;
  threads: number;
  runsInFlight: number;
  restarts: number;
  /** Hung threads that could not be ended. More than a few: start the process anew. */
  abandonedThreads: number;
}

export interface LaneInfo {
  /** True while at least one session answers. */
  ready: boolean;
  sessions: SessionInfo[];
  /** Texts that wait for a run. */
  waiting: number;
  counters: LaneCounters;
}

export interface LaneOptions {
  sessions: number;
  /** Runs a session is given at once; with two, it never waits for the next one. */
  runsPerSession: number;
  limits: RunLimits;
  thread: Omit<InferenceThreadOptions, 'onReady' | 'onDown'>;
  onRun?: ((run: LaneRun) => void) | undefined;
}

/** One run that compares its rows with the first of them. */
interface Comparison {
  encodings: Encoding[];
  settle(scores: Float32Array): void;
  fail(error: unknown): void;
}

/** A queue of texts and the sessions that it keeps busy. */
export class Lane {
  private readonly counters: LaneCounters = { texts: 0, tokens: 0, paddedTokens: 0, runs: 0, runSeconds: 0, failedRuns: 0, shrunkRuns: 0 };
  private readonly queue = new TextQueue();
  /** Comparisons that wait for a session; they take turns with the texts. */
  private comparisons: Comparison[] = [];
  private comparedLast = false;
  private readonly threads: InferenceThread[];
  private readonly sizer: RunSizer;

  constructor(private readonly options: LaneOptions) {
    this.sizer = new RunSizer(options.limits);
    const listeners = { onReady: () => this.sendRuns(), onDown: (error: DependencyError) => this.giveUpWhenHopeless(error) };
    this.threads = Array.from({ length: options.sessions }, () => new InferenceThread({ ...options.thread, ...listeners }));
  }

  async start(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.start()));
  }

  async stop(): Promise<void> {
    for (const comparison of this.comparisons.splice(0)) comparison.fail(new DependencyError('model', 'The embedding runtime is stopping'));
    await Promise.all(this.threads.map((thread) => thread.stop()));
  }

  add(call: EmbedCall): void {
    this.queue.add(call);
    this.sendRuns();
  }

  /** All texts of the call in one run, however much they make each other padded. */
  addTogether(call: EmbedCall): void {
    const thread = this.threads.find(({ state }) => state === 'ready');
    if (thread === undefined) this.add(call);
    else void this.sendRun(thread, call.pending.splice(0));
  }

  /** How well each text but the first answers the first, in a run of their own. */
  compare(encodings: Encoding[]): Promise<Float32Array> {
    return new Promise((settle, fail) => {
      this.comparisons.push({ encodings, settle, fail });
      this.sendRuns();
    });
  }

  remove(call: EmbedCall): void {
    this.queue.remove(call);
  }

  info(): LaneInfo {
    return {
      ready: this.threads.some(({ state }) => state === 'ready'),
      sessions: this.threads.map((thread) => this.describe(thread)),
      waiting: this.queue.size,
      counters: { ...this.counters },
    };
  }

  /** Gives the sessions what they have room for. */
  private sendRuns(): void {
    const { runsPerSession } = this.options;
    for (const thread of this.threads) {
      while (thread.state === 'ready' && thread.inFlight < runsPerSession && this.queue.size + this.comparisons.length > 0) void this.sendNext(thread);
    }
  }

  private sendNext(thread: InferenceThread): Promise<void> {
    const comparison = this.comparedLast && this.queue.size > 0 ? undefined : this.comparisons.shift();
    this.comparedLast = comparison !== undefined;
    return comparison ? this.sendComparison(thread, comparison) : this.sendRun(thread, this.queue.takeRun(this.sizer.limits));
  }

  private async sendComparison(thread: InferenceThread, comparison: Comparison): Promise<void> {
    try {
      comparison.settle((await thread.run(packRows(comparison.encodings), 'compare')).vectors);
    } catch (error) {
      if (error instanceof RunNotBegunError) this.comparisons.unshift(comparison);
      else comparison.fail(error);
    }
    this.sendRuns();
  }

  private async sendRun(thread: InferenceThread, texts: PendingText[]): Promise<void> {
    const lengths = texts.map(({ encoding }) => encoding.readTokens);
    const tokens = lengths.reduce((sum, length) => sum + length, 0);
    const size = { texts: texts.length, tokens, paddedTokens: texts.length * Math.max(...lengths) };
    try {
      const result = await thread.run(packRows(texts.map(({ encoding }) => encoding)));
      this.report({ ...size, outcome: 'done', seconds: result.tookMs / 1_000 });
      this.sizer.fitted();
      this.deliver(texts, result);
    } catch (error) {
      if (error instanceof RunNotBegunError) this.queue.putBack(texts);
      else if (error instanceof OutOfMemoryError && texts.length > 1) this.retrySmaller(texts, size);
      else this.failRun(texts, size, error);
    }
    this.sendRuns();
  }

  private retrySmaller(texts: PendingText[], size: RunSize): void {
    this.report({ ...size, outcome: 'too_large', seconds: 0 });
    this.sizer.tooLarge({ tokens: size.paddedTokens, texts: size.texts });
    this.queue.putBack(texts);
  }

  private deliver(texts: PendingText[], { vectors, unusable }: RunResult): void {
    const dimension = vectors.length / texts.length;
    for (const [row, text] of texts.entries()) {
      if (unusable.includes(row))
        this.fail([text], new CairnError('internal', 'The model gave numbers that are not finite, or a vector that has no direction'));
      else text.call.take(text, vectors.slice(row * dimension, (row + 1) * dimension));
    }
  }

  private failRun(texts: PendingText[], size: RunSize, error: unknown): void {
    this.report({ ...size, outcome: 'failed', seconds: 0 });
    this.fail(texts, error);
  }

  private fail(texts: PendingText[], error: unknown): void {
    for (const call of new Set(texts.map((text) => text.call))) {
      this.queue.remove(call);
      call.fail(error);
    }
  }

  /** After one failure what waits is kept for the restart; after two in a row nobody knows how long that would be. */
  private giveUpWhenHopeless(error: DependencyError): void {
    if (this.threads.some(({ failures }) => failures < 2)) return;
    for (const call of this.queue.clear()) call.fail(error);
    for (const comparison of this.comparisons.splice(0)) comparison.fail(error);
  }

  private report(run: LaneRun): void {
    const { counters } = this;
    this.options.onRun?.(run);
    if (run.outcome === 'failed') counters.failedRuns++;
    if (run.outcome === 'too_large') counters.shrunkRuns++;
    if (run.outcome !== 'done') return;
    counters.texts += run.texts;
    counters.tokens += run.tokens;
    counters.paddedTokens += run.paddedTokens;
    counters.runs++;
    counters.runSeconds += run.seconds;
  }

  private describe({ state, provider, inFlight, restarts, abandoned }: InferenceThread): SessionInfo {
    return { state, provider, threads: this.options.thread.settings.threads, runsInFlight: inFlight, restarts, abandonedThreads: abandoned };
  }
}
