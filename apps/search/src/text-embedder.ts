import {
  CairnError,
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
import { type ModelName, spaceOf } from '@cairn/models/catalogue';
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';

const DEADLINE_MS = 5_000;
const KEPT = 2_000;

/** Vectors from the workers' interactive lane; those of queries are remembered per organisation. */
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

  async embed(model: ModelName, mode: EmbedTextsRequest['mode'], texts: string[], deadlineMs = DEADLINE_MS): Promise<EmbeddedTexts> {
    const answer = await this.ask(model, { model: model.id, mode, texts }, deadlineMs);
    if ('error' in answer) throw answer.error === 'unavailable' ? new DependencyError('model', answer.detail) : new CairnError('invalid_input', answer.detail);
    return answer;
  }

  private async ask(model: ModelName, request: EmbedTextsRequest, timeout: number): Promise<EmbedTextsAnswer> {
    try {
      const message = await this.connection.request(this.subjects.embedTexts(spaceOf(model)), JSON.stringify(request), { timeout, headers: traceHeaders() });
      return message.json<EmbedTextsAnswer>();
    } catch (error) {
      throw new DependencyError('model', `No worker can embed with the model ${model.id} right now. Try again in a moment.`, error);
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
