import { setTimeout as pause } from 'node:timers/promises';
import { DependencyError, inParts, PermanentJobError } from '@cairn/common/contracts';
import type { RemoteModel } from '../catalogue/model.js';
import type { Embedding } from '../runtime/embed-call.js';
import type { EmbedMode } from '../runtime/embedding-runtime.js';
import type { RunReport } from '../runtime/lane.js';
import { askProvider, ProviderError } from './ask-provider.js';
import { vectorsOfAnswer } from './remote-answer.js';
import { Rest } from './rest.js';

export interface RemoteEmbedderOptions {
  apiKey?: string | undefined;
  /** For one request. */
  timeoutMs?: number | undefined;
  /** Before a request that failed is sent again, doubled each time. */
  backoffMs?: number;
  /** How long it is left alone after a failure, doubled each time. */
  restMs?: number;
  /** Is told of every request. */
  onRun?: (run: RunReport) => void;
}

const REQUEST = { items: 64, size: 200_000, sizeOf: (text: string) => text.length };
const TIMEOUT_MS = { document: 30_000, query: 4_000 };
const BACKOFF_MS = 500;
const TRIES = 4;
const LONGEST_WAIT_MS = 10_000;
/** How long a provider that failed is left alone, doubled with each failure: what waits for it must not hold up what does not. */
const REST_MS = { first: 2_000, longest: 60_000 };
// A number as text takes some 20 bytes.
const BYTES_PER_NUMBER = 32;
const ROOM = 100_000;

/** Vectors from a provider that speaks OpenAI's form of `POST /embeddings`. What it answers is checked as if it came from a stranger. */
export class RemoteEmbedder {
  private readonly rest: Rest;

  constructor(
    readonly model: RemoteModel,
    private readonly options: RemoteEmbedderOptions = {},
  ) {
    this.rest = new Rest({ failures: 1, firstMs: options.restMs ?? REST_MS.first, longestMs: REST_MS.longest });
  }

  /**
   * One embedding for each text, in order, of length one. A query is tried once. Rejects with a DependencyError while the provider is away, busy or refuses us, and with a
   * PermanentJobError when it refuses the texts. Tokens are those that the provider counts; it counts a request, and the texts share that by their length.
   */
  async embed(texts: readonly string[], mode: EmbedMode, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<Embedding[]> {
    const prefix = mode === 'query' ? this.model.queryPrefix : this.model.documentPrefix;
    const embeddings: Embedding[] = [];
    for (const part of inParts(
      texts.map((text) => prefix + text),
      REQUEST,
    ))
      embeddings.push(...(await this.patiently(part, mode, signal)));
    return embeddings;
  }

  private async patiently(texts: string[], mode: EmbedMode, signal: AbortSignal | undefined): Promise<Embedding[]> {
    this.assertAwake();
    for (let tries = 1; ; tries++) {
      signal?.throwIfAborted();
      try {
        const embeddings = await this.watched(mode, texts.length, () => this.ask(texts, mode, signal));
        this.rest.worked();
        return embeddings;
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof ProviderError)) throw error;
        const again = error.fault === 'busy' && mode === 'document' && tries < TRIES;
        if (!again) throw this.afterwards(error);
        const waitMs = error.retryAfterMs ?? (this.options.backoffMs ?? BACKOFF_MS) * 2 ** (tries - 1);
        await pause(Math.min(waitMs, LONGEST_WAIT_MS), undefined, signal ? { signal } : {});
      }
    }
  }

  private async watched(mode: EmbedMode, texts: number, ask: () => Promise<Embedding[]>): Promise<Embedding[]> {
    const startedAt = performance.now();
    const report = (outcome: RunReport['outcome'], tokens: number) => {
      const seconds = (performance.now() - startedAt) / 1_000;
      this.options.onRun?.({ model: this.model.id, lane: mode === 'query' ? 'queries' : 'documents', outcome, texts, tokens, paddedTokens: tokens, seconds });
    };
    try {
      const embeddings = await ask();
      report(
        'done',
        embeddings.reduce((sum, { tokens }) => sum + tokens, 0),
      );
      return embeddings;
    } catch (error) {
      report('failed', 0);
      throw error;
    }
  }

  private assertAwake(): void {
    const { reason } = this.rest;
    if (reason !== undefined) throw new DependencyError('model', `${this.where} is left alone for a moment: ${reason}`);
  }

  private afterwards(error: ProviderError): Error {
    const failure = this.failureOf(error);
    if (failure instanceof DependencyError) this.rest.failed(failure.message);
    return failure;
  }

  // An answer that is not what was asked for is the provider's fault: jobs wait, and do not fail. So they do until the operator has mended a key.
  private failureOf(error: ProviderError): Error {
    const { fault, message } = error;
    if (fault === 'refuses_request')
      return new PermanentJobError('refused_by_provider', `${this.where} refuses these texts: ${message}. It may read fewer tokens than one of them has.`);
    if (fault === 'refuses_us')
      return new DependencyError('model', `${this.where} refuses us: ${message}. Look at its key, its model name and its plan.`, error);
    if (fault === 'unusable') return new DependencyError('model', `${this.where} gave an answer that cannot be used: ${message}`, error);
    return new DependencyError('model', `${this.where} does not serve us: ${message}.`, error);
  }

  private async ask(texts: string[], mode: EmbedMode, signal: AbortSignal | undefined): Promise<Embedding[]> {
    const { url, remoteId, dimension, sendDimension } = this.model;
    const { apiKey, timeoutMs = TIMEOUT_MS[mode] } = this.options;
    const body = { model: remoteId, input: texts, encoding_format: 'base64', ...(sendDimension ? { dimensions: dimension } : {}) };
    const mostBytes = texts.length * dimension * BYTES_PER_NUMBER + ROOM;
    const answer = await askProvider({ url, apiKey }, { path: '/embeddings', body, timeoutMs, mostBytes, signal });
    const { vectors, tokens } = read(answer, { count: texts.length, dimension });
    const counts = sharesOf(tokens, texts);
    return vectors.map((vector, at) => ({ vector, tokens: counts[at] as number, readTokens: counts[at] as number }));
  }

  private get where(): string {
    return `The provider of ${this.model.id} (${new URL(this.model.url).host})`;
  }
}

function read(answer: unknown, expected: { count: number; dimension: number }): { vectors: Float32Array[]; tokens: number } {
  try {
    return vectorsOfAnswer(answer, expected);
  } catch (cause) {
    throw new ProviderError('unusable', (cause as Error).message, { cause });
  }
}

/** Whole numbers in proportion to the lengths, whose sum is the total. */
function sharesOf(total: number, texts: readonly string[]): number[] {
  const all = texts.reduce((sum, text) => sum + text.length, 0);
  let before = 0;
  let given = 0;
  return texts.map((text) => {
    before += text.length;
    const upTo = all === 0 ? total : Math.round((total * before) / all);
    const share = upTo - given;
    given = upTo;
    return share;
  });
}
