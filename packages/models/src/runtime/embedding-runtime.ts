import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DependencyError } from '@cairn/common/contracts';
import { type OnnxModel, spaceOf } from '../catalogue.js';
import type { Encoding, Tokenizer } from '../tokenizer/encoding.js';
import { makeTokenizer } from '../tokenizer/tokenizer.js';
import { EmbedCall, type Embedding } from './embed-call.js';
import { Lane, type LaneInfo } from './lane.js';
import { readTokenizerFile } from './model-files.js';

// Larger runs are no faster, only later.
const TOKENS_PER_RUN = 1_024;
const TEXTS_PER_RUN = 256;
const QUERIES_PER_RUN = 16;
const DEADLINE_MS = 30_000;
const START_DEADLINE_MS = 60_000;
// Tokenising this many characters takes about 10 ms, then timers and sockets get their turn.
const CHARACTERS_PER_TURN = 200_000;
const THREAD_ENTRY = new URL('./session.worker.js', import.meta.url);

export interface EmbeddingRuntimeOptions {
  model: OnnxModel;
  /** Threads of the session for documents; all processors when absent. */
  threads?: number;
  /** Sessions for queries, of one thread each; one when absent. */
  querySessions?: number;
  /** A session that has work and gives no answer for so long is started anew. */
  deadlineMs?: number;
  startDeadlineMs?: number;
  /** For fault tests: another file for the inference threads. */
  threadEntry?: URL;
}

export interface RuntimeInfo {
  model: string;
  version: string;
  space: string;
  /** True while documents and queries can be embedded. */
  ready: boolean;
  documents: LaneInfo;
  queries: LaneInfo;
}

function makeLanes(options: EmbeddingRuntimeOptions): { documents: Lane; queries: Lane } {
  const { model, threads = availableParallelism(), querySessions = 1 } = options;
  const { deadlineMs = DEADLINE_MS, startDeadlineMs = START_DEADLINE_MS, threadEntry: entry = THREAD_ENTRY } = options;
  const thread = (count: number) => ({ entry, settings: { model, threads: count }, deadlineMs, startDeadlineMs });
  return {
    documents: new Lane({ sessions: 1, runsPerSession: 2, limits: { tokens: TOKENS_PER_RUN, texts: TEXTS_PER_RUN }, thread: thread(threads) }),
    queries: new Lane({ sessions: querySessions, runsPerSession: 1, limits: { tokens: TOKENS_PER_RUN, texts: QUERIES_PER_RUN }, thread: thread(1) }),
  };
}

/**
 * A model ready to turn texts into vectors. The model runs in worker threads only; documents share one session over all processors,
 * queries have sessions of their own, so that a query never waits behind documents.
 */
export class EmbeddingRuntime {
  readonly model: OnnxModel;
  private readonly documents: Lane;
  private readonly queries: Lane;
  private readonly live = new Set<EmbedCall>();
  private stopped = false;

  private constructor(
    options: EmbeddingRuntimeOptions,
    private readonly tokenizer: Tokenizer,
  ) {
    const { documents, queries } = makeLanes(options);
    this.model = options.model;
    this.documents = documents;
    this.queries = queries;
  }

  /** Rejects with a ModelRefusedError when a file is not the one the catalogue names, or the model does not give what it says. */
  static async start(options: EmbeddingRuntimeOptions): Promise<EmbeddingRuntime> {
    const runtime = new EmbeddingRuntime(options, makeTokenizer(await readTokenizerFile(options.model), options.model.maxTokens));
    try {
      await Promise.all([runtime.documents.start(), runtime.queries.start()]);
    } catch (error) {
      await runtime.stop();
      throw error;
    }
    return runtime;
  }

  /**
   * One embedding for each text, in order; texts of all calls share runs. Rejects with a DependencyError when the session dies on the way,
   * and with the signal's reason when aborted: what has not begun by then is never computed.
   */
  async embedDocuments(texts: readonly string[], { signal }: { signal?: AbortSignal } = {}): Promise<Embedding[]> {
    return await this.embed(this.documents, await this.encodeAll(texts, signal), signal);
  }

  /** The embedding of a search text. */
  async embedQuery(text: string, { signal }: { signal?: AbortSignal } = {}): Promise<Embedding> {
    const [embedding] = await this.embed(this.queries, [this.tokenizer.encode(this.model.queryPrefix + text)], signal);
    return embedding as Embedding;
  }

  /** How things stand, for probes and metrics. */
  info(): RuntimeInfo {
    const [documents, queries] = [this.documents.info(), this.queries.info()];
    const { id, version } = this.model;
    return { model: id, version, space: spaceOf(this.model), ready: documents.ready && queries.ready, documents, queries };
  }

  /** Rejects what is still asked for and ends the threads. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const call of this.live) call.fail(new DependencyError('model', 'The embedding runtime is stopping'));
    await Promise.all([this.documents.stop(), this.queries.stop()]);
  }

  private async encodeAll(texts: readonly string[], signal: AbortSignal | undefined): Promise<Encoding[]> {
    const encodings: Encoding[] = [];
    let characters = 0;
    for (const text of texts) {
      signal?.throwIfAborted();
      encodings.push(this.tokenizer.encode(this.model.documentPrefix + text));
      characters += text.length;
      if (characters < CHARACTERS_PER_TURN) continue;
      characters = 0;
      await nextTurn();
    }
    return encodings;
  }

  private async embed(lane: Lane, encodings: Encoding[], signal: AbortSignal | undefined): Promise<Embedding[]> {
    signal?.throwIfAborted();
    if (this.stopped) throw new DependencyError('model', 'The embedding runtime has stopped');
    if (encodings.length === 0) return [];
    const call = new EmbedCall(encodings);
    const abort = () => {
      lane.remove(call);
      call.fail(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    this.live.add(call);
    lane.add(call);
    try {
      return await call.done;
    } finally {
      this.live.delete(call);
      signal?.removeEventListener('abort', abort);
    }
  }
}
