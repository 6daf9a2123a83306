import type { Readable } from 'node:stream';
import { CairnError, currentContext } from '@cairn/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Dispatcher, Pool } from 'undici';

const SEARCH_MS = 10_000;
// Thousands of texts through a model on a processor.
const MODEL_MS = 300_000;
// What waits for models many times, or says itself how long it may take.
const SLOW = /^\/v1\/|\/batch$|\/evaluations$|\/sql$/;
// The search service counts what all instances of the api pass on to it: what it says of limits is truer than ours.
const PASSED_ON = [
  'content-type',
  'retry-after',
  'x-correlation-id',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
  'cairn-partial',
  'cairn-next-cursor',
];

interface Forwarded {
  request: FastifyRequest;
  reply: FastifyReply;
  /** Aborted when the caller waits no more. */
  gone: AbortSignal;
}

interface Passed {
  path: string;
  method: 'GET' | 'POST';
  body?: string;
  withinMs: number;
}

interface Answer extends Pick<Dispatcher.ResponseData, 'statusCode' | 'headers'> {
  body: Readable | string;
}

/** A connection to the search service. */
export class SearchService {
  private readonly pool: Pool;

  constructor(url: string) {
    this.pool = new Pool(url, { connections: 64, connect: { timeout: 2_000 } });
  }

  forward(path: string, body: object, forwarded: Forwarded): Promise<void> {
    return this.pass({ path, method: 'POST', body: JSON.stringify(body), withinMs: SLOW.test(path) ? MODEL_MS : SEARCH_MS }, forwarded);
  }

  /** For what the search service reads out of Qdrant, which may be all of it. */
  forwardRead(path: string, forwarded: Forwarded): Promise<void> {
    return this.pass({ path, method: 'GET', withinMs: MODEL_MS }, forwarded);
  }

  private async pass(passed: Passed, { request, reply, gone }: Forwarded): Promise<void> {
    const answer = await this.answer(passed, request, gone);
    for (const name of PASSED_ON) if (answer.headers[name] !== undefined) void reply.header(name, answer.headers[name]);
    void reply.status(answer.statusCode).send(answer.body);
  }

  /** What the search service makes in pieces is passed on in pieces, at the caller's pace. */
  private async answer({ path, method, body, withinMs }: Passed, request: FastifyRequest, gone: AbortSignal): Promise<Answer> {
    try {
      const answer = await this.pool.request({
        path,
        method,
        signal: gone, // the search service hears of it, and stops
        headersTimeout: withinMs,
        bodyTimeout: withinMs,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          authorization: request.headers.authorization ?? '',
          'x-correlation-id': currentContext()?.correlationId ?? '',
          ...(request.headers.accept === undefined ? {} : { accept: request.headers.accept }),
          ...(request.headers['idempotency-key'] === undefined ? {} : { 'idempotency-key': request.headers['idempotency-key'] }),
        },
        ...(body === undefined ? {} : { body }),
      });
      const { statusCode, headers } = answer;
      return { statusCode, headers, body: headers['content-length'] === undefined ? answer.body : await answer.body.text() };
    } catch (error) {
      throw new CairnError('unavailable', 'The search service does not answer right now. Try again in a moment.', { cause: error, retryAfterSeconds: 2 });
    }
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}
