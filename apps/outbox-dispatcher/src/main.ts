import 'reflect-metadata';
import { bootstrapService, Database, loadConfigOrExit, NATS, probeOfDatabase, probeOfNats } from '@cairn/common';
import { DispatcherConfig } from './dispatcher.config.js';
import { Dispatcher } from './dispatcher.js';
import { DispatcherModule } from './dispatcher.module.js';

const config = loadConfigOrExit(DispatcherConfig);

const service = await bootstrapService({
  name: 'outbox-dispatcher',
  config,
  module: DispatcherModule.for(config),
  probes: (app) => ({
    pg: probeOfDatabase(app.get(Database)),
    nats: probeOfNats(app.get(NATS)),
    qdrant: () => app.get(Dispatcher).qdrantHealth(config.probes.timeoutMs),
  }),
});
await service.app.get(Dispatcher).start();
