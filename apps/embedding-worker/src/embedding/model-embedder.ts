import { DependencyError, type EmbeddedText, type PendingVector } from '@cairn/common';
import type { ModelPool } from '@cairn/models';
import type { Embedder } from './embedder.js';

/** Vectors of real models; texts of many jobs share their batches. */
export class ModelEmbedder implements Embedder {
  readonly dependsOnTextOnly = true;

  constructor(private readonly pool: ModelPool) {}

  async embed(pending: PendingVector[], { signal }: { signal: AbortSignal }): Promise<EmbeddedText[]> {
    const space = pending[0]?.space ?? '';
    const model = this.pool.modelOf(space);
    // Another worker may have it; the job is put back and not counted.
    if (model === undefined) throw new DependencyError('model', `This worker has no model for the space ${space}.`);
    const texts = [...new Set(pending.map(({ text }) => text))];
    const embeddings = await this.pool.use(model.id, (runtime) => runtime.embedDocuments(texts, { signal }));
    const byText = new Map(embeddings.map(({ vector, tokens, truncatedTokens }, at) => [texts[at], { vector, tokens, readTokens: truncatedTokens }]));
    return pending.map(({ text }) => byText.get(text) as EmbeddedText);
  }
}
