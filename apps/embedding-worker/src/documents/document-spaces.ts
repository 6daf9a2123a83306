import { type Database, type IndexView, isRegistered, type ModelDirectory, modelSpaceOf, registerSpace } from '@cairn/common';
import { type ModelName, spaceOf } from '@cairn/models/catalogue';
import type { QdrantGateway, SpaceSpec } from '@cairn/retrieval';
import { lacksModel } from '../embedding/lacks-model.js';

/** The spaces that documents lie in; each is made when the first collection needs it. */
export class DocumentSpaces {
  private readonly ready = new Map<string, Promise<void>>();

  constructor(
    private readonly database: Database,
    private readonly gateway: QdrantGateway,
    private readonly directory: ModelDirectory,
    /** Those of this worker, which are listed only some time after it began to work. */
    private readonly models: readonly Pick<ModelName, 'id' | 'version' | 'dimension'>[],
  ) {}

  /** Resolves when vectors of this index can be written. */
  ensure(index: Pick<IndexView, 'space' | 'quantization'>): Promise<void> {
    const known = this.ready.get(index.space);
    if (known !== undefined) return known;
    const made = this.make(index);
    this.ready.set(index.space, made);
    made.catch(() => this.ready.delete(index.space));
    return made;
  }

  // One that is registered is the reconciler's to make again: its absence is an outage.
  private async make({ space, quantization }: Pick<IndexView, 'space' | 'quantization'>): Promise<void> {
    if (await isRegistered(this.database, space)) return;
    const dimension = await this.dimensionOf(space);
    // A worker says what it has a moment after it takes its first jobs.
    if (dimension === undefined) throw await lacksModel(modelSpaceOf(space), this.directory);
    const spec: SpaceSpec = { space, dimension, distance: 'Cosine', knobs: { storage: quantization } };
    await this.gateway.ensureSpace(spec);
    await registerSpace(this.database, { name: space, dimension });
  }

  private async dimensionOf(space: string): Promise<number | undefined> {
    const own = this.models.find((model) => spaceOf(model) === modelSpaceOf(space));
    if (own !== undefined) return own.dimension;
    const listed = (await this.directory.list()).find((one) => one.kind !== 'reranker' && one.space === modelSpaceOf(space));
    return listed === undefined || listed.kind === 'reranker' ? undefined : listed.dimension;
  }
}
