import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  Database,
  databaseProvider,
  Hints,
  LeaseRepository,
  Lifecycle,
  LOGGER,
  type Logger,
  Metrics,
  NATS,
  natsProvider,
  observeQdrant,
  Subjects,
} from '@cairn/common';
import { ModelPool } from '@cairn/models';
import { QdrantGateway } from '@cairn/retrieval';
import type { NatsConnection } from '@nats-io/transport-node';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { ImageEmbedder } from './embedding/image-embedder.js';
import { MockEmbedder } from './embedding/mock-embedder.js';
import { ModelEmbedder } from './embedding/model-embedder.js';
import { openModels } from './embedding/open-models.js';
import { RemoteModels } from './embedding/remote-models.js';
import { TextWords } from './embedding/text-words.js';
import { batchResult, EmbedHandler, singleResult } from './handlers/embed.handler.js';
import { MockProcessHandler } from './handlers/mock-process.handler.js';
import { BellsController } from './jobs/bells.controller.js';
import type { JobHandlers } from './jobs/job-handler.js';
import { JobMetrics } from './jobs/job-metrics.js';
import { JobRunner } from './jobs/job-runner.js';
import { LeaseKeeper } from './jobs/lease-keeper.js';
import type { WorkerConfig } from './worker.config.js';

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
      inject: [Lifecycle],
      useFactory: async (lifecycle: Lifecycle) => {
        const pool = await openModels(config.models);
        lifecycle.onDrain('connections', 'model', () => pool.stop());
        return pool;
      },
    },
    {
      provide: RemoteModels,
      inject: [ModelPool],
      useFactory: (pool: ModelPool) => new RemoteModels(config.models.remoteModels, pool.models),
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
      useFactory: (database: Database) => new LeaseRepository(database, { leaseMs, worker: `${hostname()}.${process.pid}.${randomBytes(3).toString('hex')}` }),
    },
    {
      provide: LeaseKeeper,
      inject: [LeaseRepository, LOGGER],
      useFactory: (leases: LeaseRepository, logger: Logger) => new LeaseKeeper(leases, { leaseMs, logger }),
    },
    {
      provide: JobRunner,
      inject: [Database, LeaseRepository, LeaseKeeper, QdrantGateway, ModelPool, RemoteModels, NATS, Subjects, Metrics, LOGGER],
      useFactory: (
        database: Database,
        leases: LeaseRepository,
        keeper: LeaseKeeper,
        gateway: QdrantGateway,
        pool: ModelPool,
        remotes: RemoteModels,
        nats: NatsConnection,
        subjects: Subjects,
        metrics: Metrics,
        logger: Logger,
      ) =>
        new JobRunner(
          database,
          leases,
          keeper,
          handlersOf({ database, gateway, pool, remotes, metrics, patienceMs }),
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
  metrics: Metrics;
  patienceMs: number;
}

function handlersOf({ database, gateway, pool, remotes, metrics, patienceMs }: HandlerParts): JobHandlers {
  const model = new ModelEmbedder(pool, remotes);
  const words = new TextWords();
  const reused = metrics.counter({ name: 'texts_reused_total', help: 'Texts and images whose vector was known, so that no model was asked.' });
  const options = { patienceMs, onReused: (texts: number) => reused.add(texts) };
  return {
    mock_process: new MockProcessHandler(),
    mock_embedding: new EmbedHandler(database, gateway, new MockEmbedder(), words, singleResult, options),
    embed_text: new EmbedHandler(database, gateway, model, words, singleResult, options),
    embed_image: new EmbedHandler(database, gateway, new ImageEmbedder(pool), words, singleResult, options),
    embed_batch: new EmbedHandler(database, gateway, model, words, batchResult, options),
  };
}

@Module({})
export class WorkerModule {
  static for(config: WorkerConfig): DynamicModule {
    return { module: WorkerModule, controllers: [BellsController], providers: [...connections(config), ...jobs(config)] };
  }
}
