import { availableParallelism } from 'node:os';
import { CairnError } from '@cairn/common/contracts';
import { type OnnxModel, spaceOf } from '../catalogue/model.js';
import type { Encoding } from '../tokenizer/encoding.js';
import type { Embedding } from './embed-call.js';
import { encodeInTurns } from './encode-in-turns.js';
import type { Lane, LaneInfo } from './lane.js';
import { LiveCalls } from './live-calls.js';
import { makeLane, type RuntimeOptions, TOKENS_PER_RUN } from './make-lane.js';
import { ModelTokenizer } from './model-tokenizer.js';
import type { TextTower } from './towers.js';

const TEXTS_PER_RUN = 256;
const QUERIES_PER_RUN = 16;
/** Of a query and of each text that is compared with it: the time grows with it, and what matters is mostly said by then. */
const COMPARED_TOKENS = 128;

/** What a text is to the model: something to be found, or something to find it by. */
export type EmbedMode = 'document' | 'query';

/** What makes vectors of texts: a model, or the tower of one that reads images too. */
export type TextModel = OnnxModel | TextTower;
export type EmbeddingRuntimeOptions = RuntimeOptions<TextModel>;

export interface RuntimeInfo {
  model: string;
  version: string;
  space: string;
  /** True while documents and queries can be embedded. */
  ready: boolean;
  documents: LaneInfo;
  queries: LaneInfo;
}

/** The same text, cut: the last token stays, because models are trained with it. */
function beginningOf(encoding: Encoding, most: number): Encoding {
  if (encoding.ids.length <= most) return encoding;
  const ids = encoding.ids.slice(0, most);
  ids[most - 1] = encoding.ids.at(-1) as number;
  return { ...encoding, ids, readTokens: most };
}

/** Runs of about equal lengths, none of more than `TOKENS_PER_RUN` with its padding. `order` goes from short to long. */
function runsOf(order: number[], lengthOf: (at: number) => number): number[][] {
  const runs: number[][] = [];
  for (const at of order) {
    const last = runs.at(-1);
    if (last !== undefined && (last.length + 2) * lengthOf(at) <= TOKENS_PER_RUN) last.push(at);
    else runs.push([at]);
  }
  return runs;
}

function makeLanes(options: EmbeddingRuntimeOptions): { documents: Lane; queries: Lane } {
  const { threads = availableParallelism(), querySessions = 1 } = options;
  return {
    documents: makeLane(options, { name: 'documents', sessions: 1, runsPerSession: 2, threads, texts: TEXTS_PER_RUN }),
    queries: makeLane(options, { name: 'queries', sessions: querySessions, runsPerSession: 1, threads: 1, texts: QUERIES_PER_RUN }),
  };
}

/**
 * A model ready to turn texts into vectors. The model runs in worker threads only; documents share one session over all processors,
 * queries have sessions of their own, so that a query never waits behind documents.
 */
export class EmbeddingRuntime {
  readonly model: TextModel;
  private readonly documents: Lane;
  private readonly queries: Lane;
  private readonly calls = new LiveCalls();

  private constructor(
    options: EmbeddingRuntimeOptions,
    private readonly tokenizer: ModelTokenizer,
  ) {
    const { documents, queries } = makeLanes(options);
    this.model = options.model;
    this.documents = documents;
    this.queries = queries;
  }

  /** Rejects with a ModelRefusedError when a file is not the one the catalogue names, or the model does not give what it says. */
  static async start(options: EmbeddingRuntimeOptions): Promise<EmbeddingRuntime> {
    const runtime = new EmbeddingRuntime(options, await ModelTokenizer.open(options.model));
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
    return await this.calls.make(this.documents, await this.encodeAll(texts, 'document', signal), signal);
  }

  /**
   * For somebody who waits: overtakes documents, unless there are so many texts that others would wait for them.
   * A query and a document of the same text have different vectors where the model has prefixes.
   */
  async embedAtOnce(texts: readonly string[], mode: EmbedMode, { signal }: { signal?: AbortSignal } = {}): Promise<Embedding[]> {
    const lane = texts.length > QUERIES_PER_RUN ? this.documents : this.queries;
    return await this.calls.make(lane, await this.encodeAll(texts, mode, signal), signal);
  }

  /**
   * How well each text answers the query, by the vectors of their tokens: slower and finer than comparing their whole vectors.
   * Only the beginning of a text is read, as far as `COMPARED_TOKENS`. A query overtakes it after at most one run.
   */
  async compare(query: string, texts: readonly string[], { signal }: { signal?: AbortSignal } = {}): Promise<number[]> {
    this.calls.assertRunning();
    if (this.model.kind !== 'onnx') throw new CairnError('invalid_input', `The model ${this.model.id} gives no vectors of tokens, so it cannot order texts.`);
    const [first] = await this.encodeAll([query], 'query', signal);
    const encodings = (await this.encodeAll(texts, 'document', signal)).map((encoding) => beginningOf(encoding, COMPARED_TOKENS));
    const byLength = [...encodings.keys()].sort((a, b) => (encodings[a] as Encoding).ids.length - (encodings[b] as Encoding).ids.length);
    const scores = new Array<number>(texts.length);
    for (const run of runsOf(byLength, (at) => (encodings[at] as Encoding).ids.length)) {
      signal?.throwIfAborted();
      const found = await this.queries.compare([beginningOf(first as Encoding, COMPARED_TOKENS), ...run.map((at) => encodings[at] as Encoding)]);
      for (const [index, at] of run.entries()) scores[at] = found[index] as number;
    }
    return scores;
  }

  /** The vectors of texts in one run, in this order, the longest making all others padded: to try whether that changes them. */
  async embedTogether(texts: readonly string[]): Promise<Float32Array[]> {
    const encodings = await this.encodeAll(texts, 'document', undefined);
    const embeddings = await this.calls.makeTogether(this.documents, encodings);
    return embeddings.map(({ vector }) => vector);
  }

  /** The embedding of a search text. */
  async embedQuery(text: string, options: { signal?: AbortSignal } = {}): Promise<Embedding> {
    const [embedding] = await this.embedAtOnce([text], 'query', options);
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
    this.calls.stop();
    await Promise.all([this.documents.stop(), this.queries.stop(), this.tokenizer.stop()]);
  }

  private encodeAll(texts: readonly string[], mode: EmbedMode, signal: AbortSignal | undefined): Promise<Encoding[]> {
    const prefix = mode === 'query' ? this.model.queryPrefix : this.model.documentPrefix;
    return encodeInTurns(texts, { encode: (text) => this.tokenizer.encode(prefix + text), signal });
  }
}
