import type { ModelDirectory, RerankDto } from '@cairn/common';
import { resolveTextModel } from '@cairn/models/catalogue';
import { messageParts } from './message-parts.js';
import type { TextEmbedder } from './text-embedder.js';

const DEADLINE_MS = 30_000;

/** Late interaction: every word of the query looks for its own place in each text. */
export class RerankService {
  constructor(
    private readonly embedder: TextEmbedder,
    private readonly models: ModelDirectory,
  ) {}

  async rerank({ query, documents, model: label, top_n, return_documents }: RerankDto) {
    const model = await resolveTextModel(label, () => this.models.list());
    const scores: number[] = [];
    for (const part of messageParts(documents)) scores.push(...(await this.embedder.compare(model, query, part, DEADLINE_MS)));
    const ordered = [...scores.keys()].sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
    const results = ordered.slice(0, top_n).map((index) => ({
      index,
      relevance_score: scores[index] as number,
      ...(return_documents ? { document: { text: documents[index] as string } } : {}),
    }));
    return { object: 'list', model: model.id, results };
  }
}
