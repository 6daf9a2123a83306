import {
  BlobStore,
  blobsProvider,
  Database,
  databaseProvider,
  Hints,
  LaneClient,
  LeaseRepository,
  Lifecycle,
  LOGGER,
  type Logger,
  limits,
  Metrics,
  ModelDirectory,
  NATS,
  natsProvider,
  observeQdrant,
  SecretBox,
  Subjects,
} from '@cairn/common';
import { SOURCE_LIMITS, type SourceRules, WebClient } from '@cairn/ingest/sources';
import { MOCK_MODEL, ModelPool } from '@cairn/models';
import { TextWords } from '@cairn/models/sparse';
import { QdrantGateway } from '@cairn/retrieval';
import type { NatsConnection } from '@nats-io/transport-node';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { DocumentPreparer } from './documents/document-preparer.js';
import { DocumentSpaces } from './documents/document-spaces.js';
import { ShadowQueries } from './documents/shadow-queries.js';
import { SourceFolders } from './documents/source-folders.js';
import type { Embedder } from './embedding/embedder.js';
import { Ensembles } from './embedding/ensembles.js';
import { ImageEmbedder } from './embedding/image-embedder.js';
import { MockEmbedder } from './embedding/mock-embedder.js';
import { ModelEmbedder } from './embedding/model-embedder.js';
import { openModels } from './embedding/open-models.js';
import { RemoteModels } from './embedding/remote-models.js';
import { sharedDeviceOf } from './embedding/shared-device.js';
import { VectorMaker } from './embedding/vector-maker.js';
import { DeleteDocumentsHandler } from './handlers/delete-documents.handler.js';
import { batchResult, EmbedHandler, singleResult } from './handlers/embed.handler.js';
import { FinishReindexHandler } from './handlers/finish-reindex.handler.js';
import { IndexDocumentHandler } from './handlers/index-document.handler.js';
import { MockProcessHandler } from './handlers/mock-process.handler.js';
import { OpenIndexHandler } from './handlers/open-index.handler.js';
import { RemoveBlobsHandler } from './handlers/remove-blobs.handler.js';
import { RemoveCollectionHandler } from './handlers/remove-collection.handler.js';
import { RemoveSourceHandler } from './handlers/remove-source.handler.js';
import { RepairCollectionHandler } from './handlers/repair-collection.handler.js';
import { ScanSourceHandler } from './handlers/scan-source.handler.js';
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
    blobsProvider(config.blobs),
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
      provide: DocumentPreparer,
      inject: [Lifecycle, ModelPool, RemoteModels, Ensembles, Database],
      useFactory: (lifecycle: Lifecycle, pool: ModelPool, remotes: RemoteModels, ensembles: Ensembles, database: Database) => {
        const embedder = new ModelEmbedder(pool, remotes, ensembles, new ModelDirectory(database));
        const preparer = new DocumentPreparer({
          models: [...pool.models, ...remotes.models, ...ensembles.models],
          embed: (space, texts, signal) => embedder.embedTexts(space, texts, signal),
        });
        lifecycle.onDrain('connections', 'documents', () => preparer.stop());
        return preparer;
      },
    },
    { provide: SourceFolders, useFactory: () => SourceFolders.open(config.sources.workFolder) },
    {
      provide: WebClient,
      inject: [Lifecycle],
      useFactory: (lifecycle: Lifecycle) => {
        const web = new WebClient({ allow: config.sources.allow });
        lifecycle.onDrain('connections', 'web', () => web.close());
        return web;
      },
    },
    {
      provide: Ensembles,
      inject: [ModelPool, RemoteModels],
      useFactory: (pool: ModelPool, remotes: RemoteModels) => new Ensembles(config.models.ensembles, pool, remotes.models),
    },
  ];
}

function jobs(config: WorkerConfig): Provider[] {
  const { leaseMs, retryBackoffMs, retryBackoffMaxMs, maxAttempts } = config.jobs;
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
      inject: [
        Database,
        LeaseRepository,
        LeaseKeeper,
        QdrantGateway,
        ModelPool,
        RemoteModels,
        Ensembles,
        DocumentPreparer,
        BlobStore,
        WebClient,
        SourceFolders,
        NATS,
        Subjects,
        Metrics,
        LOGGER,
      ],
      useFactory: (
        database: Database,
        leases: LeaseRepository,
        keeper: LeaseKeeper,
        gateway: QdrantGateway,
        pool: ModelPool,
        remotes: RemoteModels,
        ensembles: Ensembles,
        preparer: DocumentPreparer,
        blobs: BlobStore,
        web: WebClient,
        folders: SourceFolders,
        nats: NatsConnection,
        subjects: Subjects,
        metrics: Metrics,
        logger: Logger,
      ) =>
        new JobRunner(
          database,
          leases,
          keeper,
          handlersOf({
            database,
            gateway,
            pool,
            remotes,
            ensembles,
            preparer,
            blobs,
            folders,
            box: new SecretBox(config.sourceSecrets.keys),
            rules: rulesOf(config, web),
            metrics,
            nats,
            subjects,
            patienceMs,
            maxAttempts,
          }),
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

function rulesOf({ sources }: WorkerConfig, web: WebClient): SourceRules {
  return { roots: sources.roots, web, limits: SOURCE_LIMITS };
}

interface HandlerParts {
  database: Database;
  gateway: QdrantGateway;
  pool: ModelPool;
  remotes: RemoteModels;
  ensembles: Ensembles;
  preparer: DocumentPreparer;
  blobs: BlobStore;
  folders: SourceFolders;
  box: SecretBox;
  rules: SourceRules;
  metrics: Metrics;
  nats: NatsConnection;
  subjects: Subjects;
  patienceMs: number;
  maxAttempts: number;
}

function handlersOf({
  database,
  gateway,
  pool,
  remotes,
  ensembles,
  preparer,
  blobs,
  folders,
  box,
  rules,
  metrics,
  nats,
  subjects,
  patienceMs,
  maxAttempts,
}: HandlerParts): JobHandlers {
  const directory = new ModelDirectory(database);
  const model = new ModelEmbedder(pool, remotes, ensembles, directory);
  const words = new TextWords();
  const reused = metrics.counter({ name: 'texts_reused_total', help: 'Texts and images whose vector was known, so that no model was asked.' });
  const options = { patienceMs, onReused: (texts: number) => reused.add(texts) };
  const makerOf = (embedder: Embedder) => new VectorMaker(gateway, embedder, words, options);
  const texts = makerOf(model);
  const own = [MOCK_MODEL, ...pool.models, ...remotes.models, ...ensembles.models].filter((one) => one.kind !== 'reranker');
  const spaces = new DocumentSpaces(database, gateway, directory, own);
  return {
    mock_process: new MockProcessHandler(),
    mock_embedding: new EmbedHandler(database, makerOf(new MockEmbedder()), singleResult),
    embed_text: new EmbedHandler(database, texts, singleResult),
    embed_image: new EmbedHandler(database, makerOf(new ImageEmbedder(pool, directory)), singleResult),
    embed_batch: new EmbedHandler(database, texts, batchResult),
    index_document: new IndexDocumentHandler(database, texts, spaces, preparer, blobs),
    open_index: new OpenIndexHandler(database, spaces),
    scan_source: new ScanSourceHandler(database, blobs, { rules, folders, box }, { maxAttempts, maxFileBytes: limits().uploadBytes }),
    remove_source: new RemoveSourceHandler(database, folders),
    finish_reindex: new FinishReindexHandler(database, gateway, new ShadowQueries(database, gateway, new LaneClient(nats, subjects), subjects), {
      maxAttempts,
    }),
    remove_collection: new RemoveCollectionHandler(database, folders),
    repair_collection: new RepairCollectionHandler(database, gateway),
    delete_documents: new DeleteDocumentsHandler(database),
    remove_blobs: new RemoveBlobsHandler(database, blobs, metrics),
  };
}

@Module({})
export class WorkerModule {
  static for(config: WorkerConfig): DynamicModule {
    return { module: WorkerModule, controllers: [BellsController], providers: [...connections(config), ...jobs(config)] };
  }
}
