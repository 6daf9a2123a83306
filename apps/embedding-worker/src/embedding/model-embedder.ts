import { DependencyError, type EmbeddedText, type ModelDirectory, type PendingVector, PermanentJobError } from '@cairn/common';
import { type Embedding, howToGetBack, type ModelPool } from '@cairn/models';
import type { Embedder } from './embedder.js';
import type { Ensembles } from './ensembles.js';
import type { RemoteModels } from './remote-models.js';

/** Vectors of real models; texts of many jobs share their batches. */
export class ModelEmbedder implements Embedder {
  readonly dependsOnTextOnly = true;

  constructor(
    private readonly pool: ModelPool,
    private readonly remotes: RemoteModels,
    private readonly ensembles: Ensembles,
    private readonly directory: ModelDirectory,
  ) {}

  async embed(pending: PendingVector[], { signal }: { signal: AbortSignal }): Promise<EmbeddedText[]> {
    const texts = [...new Set(pending.map(({ text }) => text))];
    const embeddings = await this.embedTexts(pending[0]?.space ?? '', texts, signal);
    const byText = new Map(embeddings.map((embedding, at) => [texts[at], embedding]));
    return pending.map(({ text }) => byText.get(text) as EmbeddedText);
  }

  private async embedTexts(space: string, texts: string[], signal: AbortSignal): Promise<Embedding[]> {
    const model = this.pool.modelOf(space);
    if (model !== undefined) return this.pool.use(model.id, (runtime) => runtime.embedDocuments(texts, { signal }), { signal });
    const remote = this.remotes.of(space);
    if (remote !== undefined) return remote.embed(texts, 'document', { signal });
    const ensemble = this.ensembles.of(space);
    if (ensemble !== undefined) return this.ensembles.embed(ensemble, (runtime) => runtime.embedDocuments(texts, { signal }), signal);
    const listed = (await this.directory.list()).find((one) => one.kind !== 'reranker' && one.space === space);
    if (listed?.status === 'removed') throw new PermanentJobError('model_not_installed', `${howToGetBack(listed)} Then retry the job.`);
    // Another worker may have it; the job is put back and not counted.
    throw new DependencyError('model', `This worker has no model for the space ${space}.`);
  }
}
