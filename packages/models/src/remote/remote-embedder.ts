import { setTimeout as pause } from 'node:timers/promises';
import { DependencyError, PermanentJobError } from '@cairn/common/contracts';
import type { RemoteModel } from '../catalogue/model.js';
import type { Embedding } from '../runtime/embed-call.js';
import type { EmbedMode } from '../runtime/embedding-runtime.js';
import type { RunReport } from '../runtime/lane.js';
import { vectorsOfAnswer } from './remote-answer.js';

export interface RemoteEmbedderOptions {
  apiKey?: string | undefined;
  /** For one request. */
  timeoutMs?: number;
  /** Before a request that failed is sent again, doubled each time. */
  backoffMs?: number;
  /** Is told of every request. */
  onRun?: (run: RunReport) => void;
}

const TEXTS_PER_REQUEST = 64;
const CHARACTERS_PER_REQUEST = 200_000;
const TIMEOUT_MS = 30_000;
const BACKOFF_MS = 500;
const TRIES = 4;
const LONGEST_WAIT_MS = 10_000;
/** These say that it may work later; a key or a model that is refused has to be mended by the operator, and jobs wait for that. */
const PASSING = new Set([401, 402, 403, 404, 408, 409, 425, 429]);
const MODEST_WORD = /^[\w.-]{1,60}$/;

/** Vectors from a provider that speaks OpenAI's form of `POST /embeddings`. What it answers is checked as if it came from a stranger. */
export class RemoteEmbedder {
  constructor(
    readonly model: RemoteModel,
    private readonly options: RemoteEmbedderOptions = {},
  ) {}

  /**
   * One embedding for each text, in order, of length one. Rejects with a DependencyError while the provider is away, busy or refuses us, and with a
   * PermanentJobError when it refuses the texts. Tokens are those that the provider counts; it counts a request, and the texts share that by their length.
   */
  async embed(texts: readonly string[], mode: EmbedMode, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<Embedding[]> {
    const prefix = mode === 'query' ? this.model.queryPrefix : this.model.documentPrefix;
    const embeddings: Embedding[] = [];
    for (const part of partsOf(texts.map((text) => prefix + text))) embeddings.push(...(await this.patiently(part, mode, signal)));
    return embeddings;
  }

  private async patiently(texts: string[], mode: EmbedMode, signal: AbortSignal | undefined): Promise<Embedding[]> {
    for (let tries = 1; ; tries++) {
      signal?.throwIfAborted();
      try {
        return await this.watched(mode, texts.length, () => this.ask(texts, signal));
      } catch (error) {
        signal?.throwIfAborted();
        if (tries === TRIES || !(error instanceof Busy)) throw error instanceof Busy ? error.asDependencyError(this.where) : error;
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

  private async ask(texts: string[], signal: AbortSignal | undefined): Promise<Embedding[]> {
    const answer = await this.send(texts, signal);
    if (!answer.ok) throw await this.refusalOf(answer);
    const { vectors, tokens } = await this.read(answer, texts.length);
    const counts = sharesOf(tokens, texts);
    return vectors.map((vector, at) => ({ vector, tokens: counts[at] as number, readTokens: counts[at] as number }));
  }

  private async send(texts: string[], signal: AbortSignal | undefined): Promise<Response> {
    const { url, remoteId, dimension, sendDimension } = this.model;
    const { apiKey, timeoutMs = TIMEOUT_MS } = this.options;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      return await fetch(`${url.replace(/\/$/, '')}/embeddings`, {
        method: 'POST',
        redirect: 'error', // the key is for this address only
        headers: { 'content-type': 'application/json', ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}) },
        body: JSON.stringify({ model: remoteId, input: texts, encoding_format: 'base64', ...(sendDimension ? { dimensions: dimension } : {}) }),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
    } catch (cause) {
      const reason = timeout.aborted ? `no answer within ${timeoutMs / 1_000} s` : 'it cannot be reached';
      throw new Busy(reason, undefined, cause);
    }
  }

  // An answer that is not what was asked for is the provider's fault: jobs wait, and do not fail.
  private async read(answer: Response, count: number): Promise<{ vectors: Float32Array[]; tokens: number }> {
    try {
      return vectorsOfAnswer(await answer.json(), { count, dimension: this.model.dimension });
    } catch (cause) {
      throw new DependencyError('model', `${this.where} gave an answer that cannot be used: ${(cause as Error).message}`, cause);
    }
  }

  // What the provider says in words may repeat the text, and errors are kept longer than texts.
  private async refusalOf(answer: Response): Promise<Error> {
    const body = (await answer.json().catch(() => undefined)) as { error?: { code?: unknown; type?: unknown } } | undefined;
    const word = [body?.error?.code, body?.error?.type].find((one): one is string => typeof one === 'string' && MODEST_WORD.test(one));
    const said = `${answer.status}${word ? ` (${word})` : ''}`;
    if (answer.status >= 500 || [408, 425, 429].includes(answer.status)) return new Busy(`it answered ${said}`, retryAfterOf(answer));
    if (PASSING.has(answer.status)) return new DependencyError('model', `${this.where} refuses us with ${said}: look at its key, its model name and its plan.`);
    return new PermanentJobError('refused_by_provider', `${this.where} refuses these texts with ${said}. It may read fewer tokens than one of them has.`);
  }

  private get where(): string {
    return `The provider of ${this.model.id} (${new URL(this.model.url).host})`;
  }
}

/** It may work in a moment. */
class Busy extends Error {
  constructor(
    message: string,
    readonly retryAfterMs?: number | undefined,
    cause?: unknown,
  ) {
    super(message, { cause });
  }

  asDependencyError(where: string): DependencyError {
    return new DependencyError('model', `${where} does not serve us: ${this.message}.`, this);
  }
}

function retryAfterOf(answer: Response): number | undefined {
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}

function partsOf(texts: readonly string[]): string[][] {
  const parts: string[][] = [];
  let characters = 0;
  for (const text of texts) {
    const last = parts.at(-1);
    characters += text.length;
    if (last !== undefined && last.length < TEXTS_PER_REQUEST && characters <= CHARACTERS_PER_REQUEST) last.push(text);
    else {
      parts.push([text]);
      characters = text.length;
    }
  }
  return parts;
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
