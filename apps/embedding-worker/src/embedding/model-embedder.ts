import { type EmbeddedText, type ModelDirectory, modelSpaceOf, type PendingVector } from '@cairn/common';
import { type Embedding, MOCK_MODEL, type ModelPool, mockEmbedding, spaceOf } from '@cairn/models';
import { type Embedder, textOf } from './embedder.js';
import type { Ensembles } from './ensembles.js';
import { lacksModel } from './lacks-model.js';
import type { RemoteModels } from './remote-models.js';

/** Vectors that models make of texts; texts of many jobs share their batches. */
export class ModelEmbedder implements Embedder {
  readonly dependsOnContentOnly = true;

  constructor(
    private readonly pool: ModelPool,
    private readonly remotes: RemoteModels,
    private readonly ensembles: Ensembles,
    private readonly directory: ModelDirectory,
  ) {}

  async embed(pending: PendingVector[], { signal }: { signal: AbortSignal }): Promise<EmbeddedText[]> {
    const texts = [...new Set(pending.map(textOf))];
    const embeddings = await this.embedTexts(pending[0]?.space ?? '', texts, signal);
    const byText = new Map(embeddings.map((embedding, at) => [texts[at], embedding]));
    return pending.map((one) => byText.get(textOf(one)) as EmbeddedText);
  }

  async embedTexts(anySpace: string, texts: string[], signal: AbortSignal): Promise<Embedding[]> {
    const space = modelSpaceOf(anySpace);
    if (space === spaceOf(MOCK_MODEL)) return texts.map(mockEmbedding);
    const model = this.pool.modelOf(space);
    if (model !== undefined) return this.pool.use(model.id, (runtime) => runtime.embedDocuments(texts, { signal }), { signal });
    const remote = this.remotes.of(space);
    if (remote !== undefined) return remote.embed(texts, 'document', { signal });
    const ensemble = this.ensembles.of(space);
    if (ensemble !== undefined) return this.ensembles.embed(ensemble, (runtime) => runtime.embedDocuments(texts, { signal }), signal);
    throw await lacksModel(space, this.directory);
  }
}
