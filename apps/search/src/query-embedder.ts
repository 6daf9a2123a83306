import {
  CairnError,
  currentContext,
  currentTraceparent,
  DependencyError,
  type EmbedQueryAnswer,
  type EmbedQueryRequest,
  floatsOf,
  type OrgId,
  type Subjects,
  textHashOf,
} from '@cairn/common';
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';

const DEADLINE_MS = 5_000;
const KEPT = 2_000;

/** Query vectors from the workers' interactive lane, remembered per organisation. */
export class QueryEmbedder {
  private readonly cache = new Map<string, Promise<Float32Array>>();

  constructor(
    private readonly connection: NatsConnection,
    private readonly subjects: Subjects,
  ) {}

  /** The same text of the same organisation asks once; an answer is never shared across organisations. */
  embed(orgId: OrgId, model: string, text: string): Promise<Float32Array> {
    const name = `${orgId}/${model}/${textHashOf(text)}/${text.length}`;
    const known = this.cache.get(name);
    if (known !== undefined) return known;
    const made = this.ask({ model, text });
    this.remember(name, made);
    return made;
  }

  /** True when a worker answers. */
  async probe(model: string): Promise<void> {
    await this.ask({ model, text: 'ready?' });
  }

  private async ask(request: EmbedQueryRequest): Promise<Float32Array> {
    const answer = await this.request(request);
    if ('error' in answer) throw answer.error === 'unavailable' ? new DependencyError('model', answer.detail) : new CairnError('invalid_input', answer.detail);
    return floatsOf(Buffer.from(answer.vector, 'base64'));
  }

  private async request(request: EmbedQueryRequest): Promise<EmbedQueryAnswer> {
    try {
      const message = await this.connection.request(this.subjects.embedQuery, JSON.stringify(request), { timeout: DEADLINE_MS, headers: traceHeaders() });
      return message.json<EmbedQueryAnswer>();
    } catch (error) {
      throw new DependencyError('model', 'No worker can embed the query right now. Try again in a moment.', error);
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
