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

type Refusal = { error: 'unavailable' | 'refused'; detail: string };

/** What models say, from the workers' interactive lane; vectors of queries are remembered per organisation. */
export class TextEmbedder {
  private readonly cache = new Map<string, Promise<Float32Array>>();

  constructor(
    private readonly connection: NatsConnection,
    private readonly subjects: Subjects,
  ) {}

  /** The same query of the same organisation asks once; an answer is never shared across organisations. */
  query(orgId: OrgId, model: ModelName, text: string): Promise<Float32Array> {
    const name = `${orgId}/${spaceOf(model)}/${textHashOf(text)}/${text.length}`;
    const known = this.cache.get(name);
    if (known !== undefined) return known;
    const made = this.embed(model, 'query', [text]).then(({ vectors }) => floatsOf(Buffer.from(vectors, 'base64')));
    this.remember(name, made);
    return made;
  }

  embed(model: ModelName, mode: EmbedTextsRequest['mode'], texts: string[], deadlineMs = DEADLINE_MS): Promise<EmbeddedTexts> {
    return this.ask<EmbedTextsRequest, EmbedTextsAnswer>(model, this.subjects.embedTexts(spaceOf(model)), { model: model.id, mode, texts }, deadlineMs);
  }

  /** How well each text answers the query, by the vectors of their tokens, or by what a reranker says of each pair. */
  async compare(model: AnyModelName, query: string, texts: string[], deadlineMs = DEADLINE_MS): Promise<number[]> {
    const request: CompareTextsRequest = { query, texts };
    return (await this.ask<CompareTextsRequest, CompareTextsAnswer>(model, this.subjects.compareTexts(comparesAs(model)), request, deadlineMs)).scores;
  }

  private async ask<Request, Answer extends object>(
    model: AnyModelName,
    subject: string,
    request: Request,
    timeout: number,
  ): Promise<Exclude<Answer, Refusal>> {
    const answer = await this.request<Answer | Refusal>(model, subject, JSON.stringify(request), timeout);
    if ('error' in answer) throw answer.error === 'unavailable' ? new DependencyError('model', answer.detail) : new CairnError('invalid_input', answer.detail);
    return answer as Exclude<Answer, Refusal>;
  }

  private async request<Answer>(model: AnyModelName, subject: string, request: string, timeout: number): Promise<Answer> {
    try {
      return (await this.connection.request(subject, request, { timeout, headers: traceHeaders() })).json<Answer>();
    } catch (error) {
      throw new DependencyError('model', `No worker can work with the model ${model.id} right now. Try again in a moment.`, error);
    }
  }

  private remember(name: string, made: Promise<Float32Array>): void {
    if (this.cache.size >= KEPT) this.cache.delete(this.cache.keys().next().value as string);
    this.cache.set(name, made);
    made.catch(() => this.cache.delete(name));
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
