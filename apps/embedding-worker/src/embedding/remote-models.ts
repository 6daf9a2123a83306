import type { RemoteModelConfig } from '@cairn/common';
import { type InstalledModel, ModelRefusedError, nameTaken, RemoteEmbedder, type RemoteModel, type RunReport, spaceOf } from '@cairn/models';

/** The models of providers that this worker may send texts to. */
export class RemoteModels {
  readonly embedders: readonly RemoteEmbedder[];
  private readonly watchers: ((run: RunReport) => void)[] = [];

  /** Throws a ModelRefusedError when a name is one that a model here has. */
  constructor(configs: readonly RemoteModelConfig[], installed: readonly InstalledModel[]) {
    this.embedders = configs.map((config) => new RemoteEmbedder(modelOf(config), { apiKey: config.api_key, onRun: (run) => this.tell(run) }));
    for (const { model } of this.embedders) {
      const taken = nameTaken(model, installed);
      // Otherwise a text that was meant to stay here could leave.
      if (taken !== undefined)
        throw new ModelRefusedError(
          `REMOTE_MODELS names ${taken}, and a model that runs here has that name. Give the provider's another one, and say its own in "model".`,
        );
    }
  }

  get models(): RemoteModel[] {
    return this.embedders.map(({ model }) => model);
  }

  /** Embeds with the model whose vectors lie in this space; undefined when there is none. */
  of(space: string): RemoteEmbedder | undefined {
    return this.embedders.find(({ model }) => spaceOf(model) === space);
  }

  /** Tells of every request from now on. */
  watch(watcher: (run: RunReport) => void): void {
    this.watchers.push(watcher);
  }

  private tell(run: RunReport): void {
    for (const watcher of this.watchers) watcher(run);
  }
}

function modelOf(config: RemoteModelConfig): RemoteModel {
  return {
    kind: 'remote',
    id: config.id,
    aliases: config.aliases ?? [],
    version: config.version ?? 'v1',
    dimension: config.dimension,
    url: config.url,
    remoteId: config.model ?? config.id,
    sendDimension: config.send_dimension ?? false,
    maxTokens: config.max_tokens,
    queryPrefix: config.query_prefix ?? '',
    documentPrefix: config.document_prefix ?? '',
  };
}
