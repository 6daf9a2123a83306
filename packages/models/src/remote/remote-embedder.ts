import { setTimeout as pause } from 'node:timers/promises';
import { DependencyError, inParts, PermanentJobError } from '@cairn/common/contracts';
import type { RemoteModel } from '../catalogue/model.js';
import type { Embedding } from '../runtime/embed-call.js';
import type { EmbedMode } from '../runtime/embedding-runtime.js';
import type { RunReport } from '../runtime/lane.js';
import { vectorsOfAnswer } from './remote-answer.js';

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
/** These say that it may work in a moment, as every status from 500 on does. */
const BUSY = new Set([408, 425, 429]);
/** A key, a plan or a model that is refused has to be mended by the operator, and jobs wait for that. */
const REFUSES_US = new Set([401, 402, 403, 404, 409]);
const MODEST_WORD = /^[\w.-]{1,60}$/;

/** Vectors from a provider that speaks OpenAI's form of `POST /embeddings`. What it answers is checked as if it came from a stranger. */
export class RemoteEmbedder {
  constructor(
    readonly model: RemoteModel,
    private readonly options: RemoteEmbedderOptions = {},
  ) {}

  private restMs = 0;
  private restsUntil = 0;
  private lastFailure = '';

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
        this.restMs = 0;
        return embeddings;
      } catch (error) {
        signal?.throwIfAborted();
        const again = error instanceof Busy && error.answered && mode === 'document' && tries < TRIES;
        if (!again) throw this.afterwards(error as Error);
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
    if (performance.now() < this.restsUntil) throw new DependencyError('model', `${this.where} is left alone for a moment: ${this.lastFailure}`);
  }

  private afterwards(error: Error): Error {
    const failure = error instanceof Busy ? error.asDependencyError(this.where) : error;
    if (!(failure instanceof DependencyError)) return failure;
    this.restMs = Math.min(this.restMs === 0 ? (this.options.restMs ?? REST_MS.first) : this.restMs * 2, REST_MS.longest);
    this.restsUntil = performance.now() + this.restMs;
    this.lastFailure = failure.message;
    return failure;
  }

  private async ask(texts: string[], mode: EmbedMode, signal: AbortSignal | undefined): Promise<Embedding[]> {
    const answer = await this.send(texts, mode, signal);
    if (!answer.ok) throw await this.refusalOf(answer);
    const { vectors, tokens } = await this.read(answer, texts.length);
    const counts = sharesOf(tokens, texts);
    return vectors.map((vector, at) => ({ vector, tokens: counts[at] as number, readTokens: counts[at] as number }));
  }

  private async send(texts: string[], mode: EmbedMode, signal: AbortSignal | undefined): Promise<Response> {
    const { url, remoteId, dimension, sendDimension } = this.model;
    const { apiKey, timeoutMs = TIMEOUT_MS[mode] } = this.options;
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
      throw new Busy(reason, { cause });
    }
  }

  // An answer that is not what was asked for is the provider's fault: jobs wait, and do not fail.
  private async read(answer: Response, count: number): Promise<{ vectors: Float32Array[]; tokens: number }> {
    try {
      const { dimension } = this.model;
      return vectorsOfAnswer(await readJson(answer, count * dimension * BYTES_PER_NUMBER + ROOM), { count, dimension });
    } catch (cause) {
      throw new DependencyError('model', `${this.where} gave an answer that cannot be used: ${(cause as Error).message}`, cause);
    }
  }

  // What the provider says in words may repeat the text, and errors are kept longer than texts.
  private async refusalOf(answer: Response): Promise<Error> {
    const body = (await answer.json().catch(() => undefined)) as { error?: { code?: unknown; type?: unknown } } | undefined;
    const word = [body?.error?.code, body?.error?.type].find((one): one is string => typeof one === 'string' && MODEST_WORD.test(one));
    const said = `${answer.status}${word ? ` (${word})` : ''}`;
    if (answer.status >= 500 || BUSY.has(answer.status)) return new Busy(`it answered ${said}`, { answered: true, retryAfterMs: retryAfterOf(answer) });
    if (REFUSES_US.has(answer.status))
      return new DependencyError('model', `${this.where} refuses us with ${said}: look at its key, its model name and its plan.`);
    return new PermanentJobError('refused_by_provider', `${this.where} refuses these texts with ${said}. It may read fewer tokens than one of them has.`);
  }

  private get where(): string {
    return `The provider of ${this.model.id} (${new URL(this.model.url).host})`;
  }
}

// A number as text takes some 20 bytes.
const BYTES_PER_NUMBER = 32;
const ROOM = 100_000;

// In words of our own: those of the parser would repeat what it stumbled over.
async function readJson(answer: Response, mostBytes: number): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > mostBytes) throw new Error('it is longer than the vectors can be');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Error('it is no JSON');
  }
}

/** It may work in a moment. */
class Busy extends Error {
  /** Whether it said so itself. */
  readonly answered: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { answered = false, retryAfterMs, cause }: { answered?: boolean; retryAfterMs?: number | undefined; cause?: unknown }) {
    super(message, { cause });
    this.answered = answered;
    this.retryAfterMs = retryAfterMs;
  }

  asDependencyError(where: string): DependencyError {
    return new DependencyError('model', `${where} does not serve us: ${this.message}.`, this);
  }
}

function retryAfterOf(answer: Response): number | undefined {
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
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
