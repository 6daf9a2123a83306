import { DependencyError } from '@cairn/common/contracts';
import { type Dispatcher, Pool } from 'undici';
import { type CallContext, DeadlineExceeded, errorOfFailure, errorOfRefusal, failedOutcome, isWorthRetrying, type Refusal } from './qdrant-errors.js';
import type { QdrantCall, QdrantOptions } from './qdrant-options.js';

export interface RestCall extends CallContext {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  path: string;
  body?: unknown;
  /** How often a call that failed for want of Qdrant is sent again. */
  retries?: number;
}

interface RestAnswer {
  status: number;
  text: string;
  result?: unknown;
}

/** Keep-alive REST to Qdrant with a deadline on every hop and one translation of its errors. */
export class RestTransport {
  private readonly pool: Pool;
  private readonly basePath: string;
  private readonly headers: Record<string, string>;
  private readonly observe: ((call: QdrantCall) => void) | undefined;

  constructor(options: QdrantOptions) {
    const url = new URL(options.url);
    this.pool = new Pool(url.origin, { connections: options.connections ?? 16 });
    this.basePath = url.pathname.replace(/\/$/, '');
    // Qdrant sends compressed answers in several small writes: with gzip a search with payload takes 44 ms instead of 1.
    this.headers = { 'content-type': 'application/json', 'accept-encoding': 'identity', ...(options.apiKey ? { 'api-key': options.apiKey } : {}) };
    this.observe = options.observe;
  }

  /** The `result` of Qdrant's answer, or an error of ours. */
  async call<Result>(call: RestCall): Promise<Result> {
    const body = call.body === undefined ? null : JSON.stringify(call.body);
    for (let triesLeft = call.retries ?? 0; ; triesLeft -= 1) {
      const started = performance.now();
      try {
        const result = await this.tryOnce(call, body);
        this.report(call, 'ok', started);
        return result as Result;
      } catch (error) {
        this.report(call, failedOutcome(error, call), started);
        if (triesLeft <= 0 || !isWorthRetrying(error, call)) throw error;
      }
    }
  }

  /** Resolves when Qdrant says that all its shards are ready. On a connection of its own: kept-alive ones hold up a Qdrant that is stopping. */
  async probe(timeoutMs: number): Promise<void> {
    const call: RestCall = { operation: 'readyz', method: 'GET', path: '/readyz', timeoutMs };
    const answer = await this.withDeadline(call, async (signal) => this.read(await this.send(call, null, signal, true)));
    if (answer.status !== 200) throw new DependencyError('qdrant', `Qdrant is not ready (${answer.status})`, { status: answer.status });
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  private async tryOnce(call: RestCall, body: string | null): Promise<unknown> {
    const answer = await this.withDeadline(call, async (signal) => withResult(await this.read(await this.send(call, body, signal))));
    if (answer.status < 300) return answer.result;
    throw errorOfRefusal(refusalOf(answer), call);
  }

  private async withDeadline<T>(call: RestCall, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(new DeadlineExceeded(call.timeoutMs)), call.timeoutMs);
    try {
      call.signal?.throwIfAborted();
      return await work(call.signal === undefined ? controller.signal : AbortSignal.any([controller.signal, call.signal]));
    } catch (cause) {
      throw errorOfFailure(controller.signal.aborted ? controller.signal.reason : cause, call);
    } finally {
      clearTimeout(timer);
    }
  }

  private send(call: RestCall, body: string | null, signal: AbortSignal, reset = false): Promise<Dispatcher.ResponseData> {
    return this.pool.request({ method: call.method, path: this.basePath + call.path, headers: this.headers, body, signal, reset });
  }

  private async read(answer: Dispatcher.ResponseData): Promise<RestAnswer> {
    return { status: answer.statusCode, text: await answer.body.text() };
  }

  private report(call: RestCall, outcome: QdrantCall['outcome'], started: number): void {
    this.observe?.({ operation: call.operation, outcome, ms: performance.now() - started });
  }
}

// Within the deadline's care, so that a proxy's page instead of Qdrant's JSON counts as Qdrant not being there.
function withResult(answer: RestAnswer): RestAnswer {
  return answer.status < 300 ? { ...answer, result: (JSON.parse(answer.text) as { result: unknown }).result } : answer;
}

function refusalOf(answer: RestAnswer): Refusal {
  return { kind: kindOfStatus(answer.status), code: `http ${answer.status}`, message: answer.text };
}

// A wrong API key (401, 403) is a fault of the installation, not of the job that met it.
function kindOfStatus(status: number): Refusal['kind'] {
  if (status === 404) return 'not_found';
  return status >= 500 || [401, 403, 408, 429].includes(status) ? 'unavailable' : 'refused';
}
