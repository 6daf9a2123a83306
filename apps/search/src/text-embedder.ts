import { randomUUID } from 'node:crypto';
import {
  type AnswerPatience,
  type CompareTextsAnswer,
  type CompareTextsRequest,
  type EmbeddedTexts,
  type EmbedTextsAnswer,
  type EmbedTextsRequest,
  floatsOf,
  LaneClient,
  type OrgId,
  type Subjects,
  textHashOf,
} from '@cairn/common';
import { type AnyModelName, comparesAs, type ModelName, spaceOf } from '@cairn/models/catalogue';
import { mockEmbedding } from '@cairn/models/mock';
import type { NatsConnection } from '@nats-io/transport-node';

import type { SearchMetrics } from './search-metrics.js';

const DEADLINE_MS = 5_000;
const KEPT = 2_000;

export interface EmbeddedText {
  vector: Float32Array;
  /** Of the whole text. */
  tokens: number;
}

/** What models say, from the workers' interactive lane; vectors of queries are remembered per organisation. For the mock model no worker is asked. */
export class TextEmbedder {
  private readonly cache = new Map<string, Promise<EmbeddedText>>();

  private readonly lane: LaneClient;

  constructor(
    connection: NatsConnection,
    private readonly subjects: Subjects,
    private readonly metrics: Pick<SearchMetrics, 'embedded'>,
  ) {
    this.lane = new LaneClient(connection, subjects);
  }

  /** The same query of the same organisation asks once; an answer is never shared across organisations. */
  query(orgId: OrgId, model: ModelName, text: string): Promise<EmbeddedText> {
    const name = `${orgId}/${spaceOf(model)}/${textHashOf(text)}/${text.length}`;
    const known = this.cache.get(name);
    this.metrics.embedded(known === undefined ? 'miss' : 'hit');
    if (known !== undefined) return known;
    const made = this.one(model, 'query', text);
    this.remember(name, made);
    return made;
  }

  /** As documents are embedded. */
  document(model: ModelName, text: string, patience: AnswerPatience): Promise<EmbeddedText> {
    return this.one(model, 'document', text, patience);
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

  private async one(model: ModelName, mode: EmbedTextsRequest['mode'], text: string, patience?: AnswerPatience): Promise<EmbeddedText> {
    if (model.kind === 'mock') return mockEmbedding(text);
    const { vectors, tokens } = await this.embed(model, mode, [text], patience);
    return { vector: floatsOf(Buffer.from(vectors, 'base64')), tokens: tokens[0] as number };
  }

  private ask<Request extends { id: string }, Answer extends object>(model: AnyModelName, subject: string, request: Request, patience: AnswerPatience) {
    const unavailable = `No worker can work with the model ${model.id} right now. Try again in a moment.`;
    return this.lane.ask<Request, Answer>({ subject, request, unavailable }, patience);
  }

  private remember(name: string, made: Promise<EmbeddedText>): void {
    if (this.cache.size >= KEPT) this.cache.delete(this.cache.keys().next().value as string);
    this.cache.set(name, made);
    made.catch(() => this.cache.delete(name));
  }
}
