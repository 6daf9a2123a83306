import type { ModelDirectory, RerankDto } from '@cairn/common';
import { resolveTextModel } from './resolve-text-model.js';
import type { TextEmbedder } from './text-embedder.js';

// A message of NATS holds a megabyte.
const PART_BYTES = 600_000;
const DEADLINE_MS = 30_000;

/** Late interaction: every word of the query looks for its own place in each text. */
export class RerankService {
  constructor(
    private readonly embedder: TextEmbedder,
    private readonly models: ModelDirectory,
  ) {}

  async rerank({ query, documents, model: label, top_n, return_documents }: RerankDto) {
    const model = await resolveTextModel(label, this.models);
    const scores: number[] = [];
    for (const part of partsOf(documents)) scores.push(...(await this.embedder.compare(model, query, part, DEADLINE_MS)));
    const ordered = [...scores.keys()].sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
    const results = ordered.slice(0, top_n).map((index) => ({
      index,
      relevance_score: scores[index] as number,
      ...(return_documents ? { document: { text: documents[index] as string } } : {}),
    }));
    return { object: 'list', model: model.id, results };
  }
}

function partsOf(texts: string[]): string[][] {
  const parts: string[][] = [[]];
  let bytes = 0;
  for (const text of texts) {
    bytes += JSON.stringify(text).length * 3;
    if (bytes > PART_BYTES && (parts.at(-1) as string[]).length > 0) {
      parts.push([]);
      bytes = JSON.stringify(text).length * 3;
    }
    (parts.at(-1) as string[]).push(text);
  }
  return parts;
}
