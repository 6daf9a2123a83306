import { CairnError, type EnsembleConfig, PermanentJobError } from '@cairn/common';
import {
  type Embedding,
  type EmbeddingRuntime,
  type EnsembleModel,
  findModel,
  type InstalledModel,
  type ModelName,
  type ModelPool,
  ModelRefusedError,
  makeEnsemble,
  mixVectors,
  nameTaken,
  type OnnxModel,
  spaceOf,
} from '@cairn/models';

/** The ensembles of this worker: each is a model of its own, made of models that the worker has. */
export class Ensembles {
  readonly models: readonly EnsembleModel[];

  /** Throws a ModelRefusedError when an ensemble cannot be made of the models here, or a name is taken. */
  constructor(
    configs: readonly EnsembleConfig[],
    private readonly pool: ModelPool,
    remotes: readonly ModelName[],
  ) {
    this.models = configs.map((config) => ensembleOf(config, pool.models));
    for (const model of this.models) {
      const taken = nameTaken(model, [...pool.models, ...remotes]);
      if (taken !== undefined) throw new ModelRefusedError(`ENSEMBLES names ${taken}, and another model has that name. Give the ensemble another one.`);
    }
  }

  /** The ensemble whose vectors lie in this space. */
  of(space: string): EnsembleModel | undefined {
    return this.models.find((model) => spaceOf(model) === space);
  }

  /** Asks every member, and mixes what they say of each text. */
  async embed(ensemble: EnsembleModel, ask: (runtime: EmbeddingRuntime) => Promise<Embedding[]>, signal?: AbortSignal): Promise<Embedding[]> {
    const byMember = await Promise.all(ensemble.members.map(({ model }) => this.pool.use(model.id, ask, { signal })));
    const vectors = byMember.map((embeddings) => embeddings.map(({ vector }) => vector));
    const { vectors: mixed, failures } = mixVectors(ensemble, vectors);
    if (failures[0]) throw new PermanentJobError('no_direction', `${ensemble.id}: ${failures[0].message}`);
    return mixed.map((vector, at) => ({ ...leastRead(byMember.map((embeddings) => embeddings[at] as Embedding)), vector: vector as Float32Array }));
  }
}

/** Members cut a text into tokens of their own: what is told of it is how the member that read the smallest part of it sees it. */
function leastRead(embeddings: Embedding[]): Embedding {
  return embeddings.reduce((least, one) => (one.readTokens * least.tokens < least.readTokens * one.tokens ? one : least));
}

function ensembleOf({ id, aliases = [], version = 'v1', members, dimension }: EnsembleConfig, installed: readonly InstalledModel[]): EnsembleModel {
  const models = members.map(({ model }) => memberOf(id, model, installed));
  const weights = members.map(({ weight }) => weight);
  try {
    const made = makeEnsemble({ models, weights, ...(dimension && { dimension }) });
    return { kind: 'ensemble', id, aliases, version, ...made, maxTokens: Math.min(...models.map(({ maxTokens }) => maxTokens)) };
  } catch (error) {
    if (error instanceof CairnError) throw new ModelRefusedError(`The ensemble ${id} of ENSEMBLES cannot be made: ${error.message}`, { cause: error });
    throw error;
  }
}

function memberOf(ensemble: string, label: string, installed: readonly InstalledModel[]): OnnxModel {
  const model = findModel(label, installed);
  if (model?.kind === 'onnx') return model;
  const reasons = { clip: 'reads images too, and ensembles are of models of texts', reranker: 'is a reranker and makes no vectors' };
  const reason = model === undefined ? 'is not installed here' : reasons[model.kind];
  const usable = installed.flatMap(({ kind, id }) => (kind === 'onnx' ? [id] : []));
  throw new ModelRefusedError(
    `The ensemble ${ensemble} of ENSEMBLES names the model ${label}, which ${reason}. Models that it can have: ${usable.join(', ')}.`,
  );
}
