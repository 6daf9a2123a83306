import 'reflect-metadata';
import { bootstrapService, Database, loadConfigOrExit, NATS, probeOfDatabase, probeOfNats } from '@cairn/common';
import { QdrantGateway } from '@cairn/retrieval';
import { ApiConfig } from './api.config.js';
import { ApiModule } from './api.module.js';
import { API_INFO } from './api-info.js';
import { serveDashboard } from './dashboard/serve-dashboard.js';
import { EventSockets } from './events/event-sockets.js';

const config = loadConfigOrExit(ApiConfig);
const qdrant = new QdrantGateway({ url: config.qdrant.url, apiKey: config.qdrant.apiKey, namespace: config.service.namespace });

const service = await bootstrapService({
  name: 'api',
  config,
  module: ApiModule.for(config),
  openApi: API_INFO,
  pages: (fastify) => config.gateway.dashboardDir && serveDashboard(fastify, config.gateway.dashboardDir),
  probes: (app) => ({
    pg: probeOfDatabase(app.get(Database)),
    nats: probeOfNats(app.get(NATS)),
    qdrant: () => qdrant.health(config.probes.timeoutMs),
  }),
});
service.app.get(EventSockets).attach(service.app.getHttpServer());
service.lifecycle.onDrain('connections', 'qdrant', () => qdrant.close());
