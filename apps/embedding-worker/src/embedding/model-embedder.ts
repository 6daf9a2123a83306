import { DependencyError, type PendingVector } from '@cairn/common';
import type { ModelPool } from '@cairn/models';
import type { Embedded, Embedder } from './embedder.js';

/** Vectors of real models; texts of many jobs share their batches. */
export class ModelEmbedder implements Embedder {
  constructor(private readonly pool: ModelPool) {}

  async embed(pending: PendingVector[], { signal }: { signal: AbortSignal }): Promise<Embedded[]> {
    const space = pending[0]?.space ?? '';
    const model = this.pool.modelOf(space);
    // Another worker may have it; the job is put back and not counted.
    if (model === undefined) throw new DependencyError('model', `This worker has no model for the space ${space}.`);
    const texts = [...new Set(pending.map(({ text }) => text))];
    const embeddings = await this.pool.use(model.id, (runtime) => runtime.embedDocuments(texts, { signal }));
    const byText = new Map(texts.map((text, at) => [text, embeddings[at] as Embedded]));
    return pending.map(({ text }) => byText.get(text) as Embedded);
  }
}
