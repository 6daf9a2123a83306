import type { PendingVector } from '@cairn/common';
import type { EmbeddingRuntime } from '@cairn/models';
import type { Embedded, Embedder } from './embedder.js';

/** Vectors of the real model; texts of many jobs share its batches. */
export class ModelEmbedder implements Embedder {
  constructor(private readonly runtime: EmbeddingRuntime) {}

  embed(pending: PendingVector[], { signal }: { signal: AbortSignal }): Promise<Embedded[]> {
    return this.runtime.embedDocuments(
      pending.map(({ text }) => text),
      { signal },
    );
  }
}
