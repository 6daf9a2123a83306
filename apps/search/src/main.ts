import 'reflect-metadata';
import { bootstrapService, Database, loadConfigOrExit, NATS, probeOfDatabase, probeOfNats } from '@cairn/common';
import { BUILT_IN_MODEL } from '@cairn/models/catalogue';
import { QdrantGateway } from '@cairn/retrieval';
import { SearchConfig } from './search.config.js';
import { SearchModule } from './search.module.js';
import { TextEmbedder } from './text-embedder.js';

const config = loadConfigOrExit(SearchConfig);

await bootstrapService({
  name: 'search',
  config,
  module: SearchModule.for(config),
  probes: (app) => ({
    pg: probeOfDatabase(app.get(Database)),
    nats: probeOfNats(app.get(NATS)),
    qdrant: () => app.get(QdrantGateway).health(config.probes.timeoutMs),
    model: () => app.get(TextEmbedder).embed(BUILT_IN_MODEL, 'query', ['ready?']),
  }),
});
