import {
  Database,
  databaseProvider,
  Hints,
  LeaseRepository,
  Lifecycle,
  LOGGER,
  type Logger,
  Metrics,
  ModelDirectory,
  NATS,
  natsProvider,
  observeQdrant,
  Subjects,
} from '@cairn/common';
import { ModelPool } from '@cairn/models';
import { TextWords } from '@cairn/models/sparse';
import { QdrantGateway } from '@cairn/retrieval';
import type { NatsConnection } from '@nats-io/transport-node';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { Ensembles } from './embedding/ensembles.js';
import { ImageEmbedder } from './embedding/image-embedder.js';
import { MockEmbedder } from './embedding/mock-embedder.js';
import { ModelEmbedder } from './embedding/model-embedder.js';
import { openModels } from './embedding/open-models.js';
import { RemoteModels } from './embedding/remote-models.js';
import { sharedDeviceOf } from './embedding/shared-device.js';
import { batchResult, EmbedHandler, singleResult } from './handlers/embed.handler.js';
import { MockProcessHandler } from './handlers/mock-process.handler.js';
import { BellsController } from './jobs/bells.controller.js';
import type { JobHandlers } from './jobs/job-handler.js';
import { JobMetrics } from './jobs/job-metrics.js';
import { JobRunner } from './jobs/job-runner.js';
import { LeaseKeeper } from './jobs/lease-keeper.js';
import type { WorkerConfig } from './worker.config.js';
import { WORKER_NAME } from './worker-name.js';

function connections(config: WorkerConfig): Provider[] {
  return [
    { provide: Subjects, useValue: new Subjects(config.service.namespace) },
    databaseProvider(config.database, 'cairn-worker'),
    natsProvider(config.nats, 'cairn-worker'),
    {
      provide: QdrantGateway,
      inject: [Lifecycle, Metrics],
      useFactory: (lifecycle: Lifecycle, metrics: Metrics) => {
        const { url, grpcUrl, apiKey } = config.qdrant;
        const gateway = new QdrantGateway({ url, grpcUrl, apiKey, namespace: config.service.namespace, observe: observeQdrant(metrics) });
        lifecycle.onDrain('connections', 'qdrant', () => gateway.close());
        return gateway;
      },
    },
    {
      provide: ModelPool,
      inject: [Lifecycle, Database, Metrics, LOGGER],
      useFactory: async (lifecycle: Lifecycle, database: Database, metrics: Metrics, logger: Logger) => {
        const device = await sharedDeviceOf(config, { database, metrics, logger });
        const pool = await openModels(config.models, device);
        lifecycle.onDrain('connections', 'model', () => pool.stop());
        return pool;
      },
    },
    {
      provide: RemoteModels,
      inject: [ModelPool],
      useFactory: (pool: ModelPool) => new RemoteModels(config.models.remoteModels, pool.models),
    },
    {
      provide: Ensembles,
      inject: [ModelPool, RemoteModels],
      useFactory: (pool: ModelPool, remotes: RemoteModels) => new Ensembles(config.models.ensembles, pool, remotes.models),
    },
  ];
}

function jobs(config: WorkerConfig): Provider[] {
  const { leaseMs, retryBackoffMs, retryBackoffMaxMs } = config.jobs;
  const { patienceMs } = config.embedding;
  return [
    {
      provide: LeaseRepository,
      inject: [Database],
      useFactory: (database: Database) => new LeaseRepository(database, { leaseMs, worker: WORKER_NAME }),
    },
    {
      provide: LeaseKeeper,
      inject: [LeaseRepository, LOGGER],
      useFactory: (leases: LeaseRepository, logger: Logger) => new LeaseKeeper(leases, { leaseMs, logger }),
    },
    {
      provide: JobRunner,
      inject: [Database, LeaseRepository, LeaseKeeper, QdrantGateway, ModelPool, RemoteModels, Ensembles, NATS, Subjects, Metrics, LOGGER],
      useFactory: (
        database: Database,
        leases: LeaseRepository,
        keeper: LeaseKeeper,
        gateway: QdrantGateway,
        pool: ModelPool,
        remotes: RemoteModels,
        ensembles: Ensembles,
        nats: NatsConnection,
        subjects: Subjects,
        metrics: Metrics,
        logger: Logger,
      ) =>
        new JobRunner(
          database,
          leases,
          keeper,
          handlersOf({ database, gateway, pool, remotes, ensembles, metrics, patienceMs }),
          new Hints(() => nats, subjects),
          new JobMetrics(metrics),
          logger,
          {
            backoffMs: retryBackoffMs,
            backoffMaxMs: retryBackoffMaxMs,
            patienceMs,
          },
        ),
    },
  ];
}

interface HandlerParts {
  database: Database;
  gateway: QdrantGateway;
  pool: ModelPool;
  remotes: RemoteModels;
  ensembles: Ensembles;
  metrics: Metrics;
  patienceMs: number;
}

function handlersOf({ database, gateway, pool, remotes, ensembles, metrics, patienceMs }: HandlerParts): JobHandlers {
  const directory = new ModelDirectory(database);
  const model = new ModelEmbedder(pool, remotes, ensembles, directory);
  const words = new TextWords();
  const reused = metrics.counter({ name: 'texts_reused_total', help: 'Texts and images whose vector was known, so that no model was asked.' });
  const options = { patienceMs, onReused: (texts: number) => reused.add(texts) };
  return {
    mock_process: new MockProcessHandler(),
    mock_embedding: new EmbedHandler(database, gateway, new MockEmbedder(), words, singleResult, options),
    embed_text: new EmbedHandler(database, gateway, model, words, singleResult, options),
    embed_image: new EmbedHandler(database, gateway, new ImageEmbedder(pool, directory), words, singleResult, options),
    embed_batch: new EmbedHandler(database, gateway, model, words, batchResult, options),
  };
}

@Module({})
export class WorkerModule {
  static for(config: WorkerConfig): DynamicModule {
    return { module: WorkerModule, controllers: [BellsController], providers: [...connections(config), ...jobs(config)] };
  }
}
