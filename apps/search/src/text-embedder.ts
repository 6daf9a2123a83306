import { randomUUID } from 'node:crypto';
import {
  CairnError,
  type CompareTextsAnswer,
  type CompareTextsRequest,
  currentContext,
  currentTraceparent,
  DependencyError,
  type EmbeddedTexts,
  type EmbedTextsAnswer,
  type EmbedTextsRequest,
  floatsOf,
  type OrgId,
  type Subjects,
  textHashOf,
} from '@cairn/common';
import { type AnyModelName, comparesAs, type ModelName, spaceOf } from '@cairn/models/catalogue';
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';

const DEADLINE_MS = 5_000;
const KEPT = 2_000;

/** How long an answer is waited for. */
export interface AnswerPatience {
  deadlineMs: number;
  /** Aborted when nobody wants it any more. */
  signal?: AbortSignal;
}

type Refusal = { error: 'unavailable' | 'refused'; detail: string };

export interface EmbeddedQuery {
  vector: Float32Array;
  /** Of the whole text. */
  tokens: number;
}

/** What models say, from the workers' interactive lane; vectors of queries are remembered per organisation. */
export class TextEmbedder {
  private readonly cache = new Map<string, Promise<EmbeddedQuery>>();

  constructor(
    private readonly connection: NatsConnection,
    private readonly subjects: Subjects,
  ) {}

  /** The same query of the same organisation asks once; an answer is never shared across organisations. */
  query(orgId: OrgId, model: ModelName, text: string): Promise<EmbeddedQuery> {
    const name = `${orgId}/${spaceOf(model)}/${textHashOf(text)}/${text.length}`;
    const known = this.cache.get(name);
    if (known !== undefined) return known;
    const made = this.embed(model, 'query', [text]).then(({ vectors, tokens }) => ({
      vector: floatsOf(Buffer.from(vectors, 'base64')),
      tokens: tokens[0] as number,
    }));
    this.remember(name, made);
    return made;
  }

  embed(model: ModelName, mode: EmbedTextsRequest['mode'], texts: string[], patience: AnswerPatience = { deadlineMs: DEADLINE_MS }): Promise<EmbeddedTexts> {
    const request = { id: randomUUID(), model: model.id, mode, texts };
    return this.ask<EmbedTextsRequest, EmbedTextsAnswer>(model, this.subjects.embedTexts(spaceOf(model)), request, patience);
  }

  /** How well each text answers the query, by the vectors of their tokens, or by what a reranker says of each pair. */
  async compare(model: AnyModelName, query: string, texts: string[], patience: AnswerPatience): Promise<number[]> {
    const request = { id: randomUUID(), query, texts };
    return (await this.ask<CompareTextsRequest, CompareTextsAnswer>(model, this.subjects.compareTexts(comparesAs(model)), request, patience)).scores;
  }

  private async ask<Request extends { id: string }, Answer extends object>(
    model: AnyModelName,
    subject: string,
    request: Request,
    patience: AnswerPatience,
  ): Promise<Exclude<Answer, Refusal>> {
    const answer = await this.request<Answer | Refusal>(model, subject, request, patience);
    if ('error' in answer) throw answer.error === 'unavailable' ? new DependencyError('model', answer.detail) : new CairnError('invalid_input', answer.detail);
    return answer as Exclude<Answer, Refusal>;
  }

  private async request<Answer>(
    model: AnyModelName,
    subject: string,
    request: { id: string },
    { deadlineMs: timeout, signal }: AnswerPatience,
  ): Promise<Answer> {
    signal?.throwIfAborted();
    const asked = this.connection.request(subject, JSON.stringify(request), { timeout, headers: traceHeaders() });
    try {
      return (await orGone(asked, signal)).json<Answer>();
    } catch (error) {
      this.abandon(request.id);
      signal?.throwIfAborted();
      throw new DependencyError('model', `No worker can work with the model ${model.id} right now. Try again in a moment.`, error);
    }
  }

  private abandon(id: string): void {
    try {
      this.connection.publish(this.subjects.abandoned, id);
    } catch {
      // Without a connection nobody can be told: a worker then works in vain for this once.
    }
  }

  private remember(name: string, made: Promise<EmbeddedQuery>): void {
    if (this.cache.size >= KEPT) this.cache.delete(this.cache.keys().next().value as string);
    this.cache.set(name, made);
    made.catch(() => this.cache.delete(name));
  }
}

/** What was asked for, or the signal's reason as soon as it is aborted. */
async function orGone<T>(asked: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return asked;
  let leave = () => {};
  const gone = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([asked, gone]);
  } finally {
    signal.removeEventListener('abort', leave);
    asked.catch(() => undefined);
  }
}

function traceHeaders(): MsgHdrs {
  const carried = headers();
  const traceparent = currentTraceparent();
  const correlationId = currentContext()?.correlationId;
  if (traceparent) carried.set('traceparent', traceparent);
  if (correlationId) carried.set('X-Correlation-ID', correlationId);
  return carried;
}
