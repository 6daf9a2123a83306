import { randomUUID } from 'node:crypto';
import { type EmbedTextsAnswer, type EmbedTextsRequest, floatsOf, Subjects } from '@cairn/common';
import { BUILT_IN_MODEL, spaceOf } from '@cairn/models/catalogue';
import type { NatsConnection } from '@nats-io/transport-node';
import { until } from '../system/wait.js';

const DEADLINE_MS = 5_000;
/** The longest outage that a soak makes is a minute. */
const PATIENCE_MS = 180_000;

/** The vector that a text should have, asked of the model behind the system's own query lane. */
export class ReferenceVectors {
  private readonly known = new Map<string, Float32Array>();

  constructor(
    private readonly nats: NatsConnection,
    private readonly subjects: Subjects,
  ) {}

  async of(text: string): Promise<Float32Array> {
    const known = this.known.get(text);
    if (known) return known;
    const vector = await until(`a reference vector for ${JSON.stringify(text)}`, () => this.ask(text), PATIENCE_MS);
    this.known.set(text, vector);
    return vector;
  }

  private async ask(text: string): Promise<Float32Array> {
    const request: EmbedTextsRequest = { id: randomUUID(), model: BUILT_IN_MODEL.id, mode: 'query', texts: [text] };
    const message = await this.nats.request(this.subjects.embedTexts(spaceOf(BUILT_IN_MODEL)), JSON.stringify(request), { timeout: DEADLINE_MS });
    const answer = message.json<EmbedTextsAnswer>();
    if ('error' in answer) throw new Error(answer.detail);
    return floatsOf(Buffer.from(answer.vectors, 'base64'));
  }
}

export function cosine(one: Float32Array, other: Float32Array): number {
  const [dot, a, b] = [product(one, other), product(one, one), product(other, other)];
  return dot / Math.sqrt(a * b);
}

function product(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, index) => sum + value * (other[index] as number), 0);
}
