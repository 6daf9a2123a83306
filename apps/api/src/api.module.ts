import {
  Authenticator,
  AuthGuard,
  BlobStore,
  blobsProvider,
  CursorSeal,
  Database,
  databaseProvider,
  FeedCursors,
  Hints,
  LaneClient,
  Lifecycle,
  LOGGER,
  type Logger,
  ModelDirectory,
  NATS,
  natsProvider,
  PasswordHasher,
  RateLimiter,
  rateLimiterProvider,
  SecretBox,
  Subjects,
  TokenVerifier,
} from '@cairn/common';
import { SOURCE_LIMITS, type SourceRules, WebClient } from '@cairn/ingest/sources';
import type { NatsConnection } from '@nats-io/transport-node';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_GUARD, HttpAdapterHost } from '@nestjs/core';
import { AccountsController } from './accounts/accounts.controller.js';
import { AccountsService } from './accounts/accounts.service.js';
import { AliasesController } from './aliases/aliases.controller.js';
import { AliasesService } from './aliases/aliases.service.js';
import { CollectionNameGuard } from './aliases/collection-name.guard.js';
import { AnalyticsController } from './analytics/analytics.controller.js';
import { AnalyticsService } from './analytics/analytics.service.js';
import type { ApiConfig } from './api.config.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ArchivesController } from './archives/archives.controller.js';
import { ExportService } from './archives/export.service.js';
import { ImportService } from './archives/import.service.js';
import { AuditController } from './audit/audit.controller.js';
import { DenialRecorder } from './audit/denial-recorder.js';
import { ChunkingController } from './chunking/chunking.controller.js';
import { ChunkingService } from './chunking/chunking.service.js';
import { ChunkingProfilesService } from './chunking/chunking-profiles.service.js';
import { CollectionHealthController } from './collection-health/collection-health.controller.js';
import { CollectionHealthService } from './collection-health/collection-health.service.js';
import { CloneController } from './collections/clone.controller.js';
import { CloneService } from './collections/clone.service.js';
import { CollectionTasks } from './collections/collection-tasks.js';
import { CollectionsController } from './collections/collections.controller.js';
import { CollectionsService } from './collections/collections.service.js';
import { ReindexService } from './collections/reindex.service.js';
import { DeleteDocumentsService } from './documents/delete-documents.service.js';
import { DocumentsController } from './documents/documents.controller.js';
import { DocumentsService } from './documents/documents.service.js';
import { EvaluationsController } from './evaluations/evaluations.controller.js';
import { EvaluationsService } from './evaluations/evaluations.service.js';
import { EventHints } from './events/event-hints.js';
import { EventSockets } from './events/event-sockets.js';
import { EventSource } from './events/event-source.js';
import { EventsController } from './events/events.controller.js';
import { SseStreams } from './events/sse-streams.js';
import { StreamAccess } from './events/stream-access.js';
import { FamiliesController } from './families/families.controller.js';
import { FamiliesService } from './families/families.service.js';
import { JobsController } from './jobs/jobs.controller.js';
import { JobsService } from './jobs/jobs.service.js';
import { ModelsController } from './models/models.controller.js';
import { OperationSource } from './operations/operation-source.js';
import { OperationsController } from './operations/operations.controller.js';
import { OperationsService } from './operations/operations.service.js';
import { OutboxController } from './outbox/outbox.controller.js';
import { QuotasController } from './quotas/quotas.controller.js';
import { QuotasService } from './quotas/quotas.service.js';
import { SearchService } from './search/search.service.js';
import { SearchForwardController } from './search/search-forward.controller.js';
import { SharesController } from './shares/shares.controller.js';
import { SharesService } from './shares/shares.service.js';
import { SourcePreviewsController } from './sources/source-previews.controller.js';
import { SourcePreviewsService } from './sources/source-previews.service.js';
import { SourcesController } from './sources/sources.controller.js';
import { SourcesService } from './sources/sources.service.js';
import { TemplatesController } from './templates/templates.controller.js';
import { TemplatesService } from './templates/templates.service.js';
import { RepairService } from './truth/repair.service.js';
import { TruthController } from './truth/truth.controller.js';
import { UsageController } from './usage/usage.controller.js';
import { UsersController } from './users/users.controller.js';
import { UsersService } from './users/users.service.js';
import { VectorsController } from './vectors/vectors.controller.js';
import { VectorsService } from './vectors/vectors.service.js';
import { VersionsController } from './versions/versions.controller.js';
import { VersionsService } from './versions/versions.service.js';
import { WriteRunner } from './writes/write-runner.js';

export const CONTROLLERS = [
  JobsController,
  VectorsController,
  EventsController,
  ApiKeysController,
  OutboxController,
  ModelsController,
  SearchForwardController,
  CollectionsController,
  CollectionHealthController,
  CloneController,
  ArchivesController,
  VersionsController,
  DocumentsController,
  OperationsController,
  SourcesController,
  SharesController,
  AliasesController,
  FamiliesController,
  TemplatesController,
  EvaluationsController,
  QuotasController,
  TruthController,
  AuditController,
  SourcePreviewsController,
  AccountsController,
  UsersController,
  ChunkingController,
  AnalyticsController,
  UsageController,
];

/** Everything the api holds open, made before its controllers and let go after the last request. */
function connections(config: ApiConfig): Provider[] {
  return [
    { provide: Subjects, useValue: new Subjects(config.service.namespace) },
    databaseProvider(config.database, 'cairn-api'),
    natsProvider(config.nats, 'cairn-api'),
    blobsProvider(config.blobs),
    { provide: Hints, inject: [NATS, Subjects], useFactory: (nats: NatsConnection, subjects: Subjects) => new Hints(() => nats, subjects) },
    { provide: EventHints, inject: [NATS, Subjects], useFactory: (nats: NatsConnection, subjects: Subjects) => new EventHints(nats, subjects) },
    {
      provide: SearchService,
      inject: [Lifecycle],
      useFactory: (lifecycle: Lifecycle) => {
        const search = new SearchService(config.gateway.searchUrl);
        lifecycle.onDrain('connections', 'search', () => search.close());
        return search;
      },
    },
  ];
}

function services(config: ApiConfig): Provider[] {
  const { maxAttempts } = config.jobs;
  const cursors = new CursorSeal(config.cursors.secret);
  return [
    { provide: APP_GUARD, useClass: AuthGuard },
    rateLimiterProvider(config.rates),
    { provide: APP_GUARD, useClass: CollectionNameGuard },
    {
      provide: Authenticator,
      inject: [Database],
      useFactory: (database: Database) => new Authenticator(database, new TokenVerifier(config.auth), config.auth),
    },
    { provide: ModelDirectory, inject: [Database], useFactory: (database: Database) => new ModelDirectory(database) },
    { provide: WriteRunner, inject: [Database], useFactory: (database: Database) => new WriteRunner(database) },
    {
      provide: JobsService,
      inject: [Database, WriteRunner, Hints, FeedCursors],
      useFactory: (database: Database, writes: WriteRunner, hints: Hints, feedCursors: FeedCursors) =>
        new JobsService(database, writes, hints, cursors, feedCursors, { maxAttempts }),
    },
    {
      provide: VectorsService,
      inject: [Database, WriteRunner, Hints, ModelDirectory],
      useFactory: (database: Database, writes: WriteRunner, hints: Hints, models: ModelDirectory) =>
        new VectorsService(database, writes, hints, models, { maxAttempts }),
    },
    { provide: FeedCursors, useValue: new FeedCursors(cursors) },
    {
      provide: EventSource,
      inject: [Database, EventHints, FeedCursors],
      useFactory: (database: Database, hints: EventHints, feedCursors: FeedCursors) => new EventSource(database, hints, feedCursors),
    },
    {
      provide: CollectionsService,
      inject: [Database, WriteRunner, Hints, ModelDirectory, CollectionTasks],
      useFactory: (database: Database, writes: WriteRunner, hints: Hints, models: ModelDirectory, tasks: CollectionTasks) =>
        new CollectionsService(database, writes, hints, models, tasks),
    },
    {
      provide: CollectionTasks,
      inject: [Database],
      useFactory: (database: Database) => new CollectionTasks(database, { maxAttempts }),
    },
    {
      provide: CloneService,
      inject: [Database, WriteRunner, Hints, ModelDirectory, CollectionTasks],
      useFactory: (database: Database, writes: WriteRunner, hints: Hints, models: ModelDirectory, tasks: CollectionTasks) =>
        new CloneService(database, writes, hints, models, tasks),
    },
    {
      provide: CollectionHealthService,
      inject: [Database],
      useFactory: (database: Database) => new CollectionHealthService(database),
    },
    {
      provide: ExportService,
      inject: [Database, BlobStore],
      useFactory: (database: Database, blobs: BlobStore) => new ExportService(database, blobs),
    },
    {
      provide: ImportService,
      inject: [WriteRunner, Hints, BlobStore, ModelDirectory, CollectionTasks],
      useFactory: (writes: WriteRunner, hints: Hints, blobs: BlobStore, models: ModelDirectory, tasks: CollectionTasks) =>
        new ImportService(writes, hints, blobs, models, tasks),
    },
    {
      provide: ReindexService,
      inject: [Database, WriteRunner, Hints, ModelDirectory],
      useFactory: (database: Database, writes: WriteRunner, hints: Hints, models: ModelDirectory) =>
        new ReindexService(database, writes, hints, models, { maxAttempts }),
    },
    {
      provide: RepairService,
      inject: [Database, WriteRunner, Hints],
      useFactory: (database: Database, writes: WriteRunner, hints: Hints) => new RepairService(database, writes, hints, { maxAttempts }),
    },
    {
      provide: DocumentsService,
      inject: [Database, WriteRunner, Hints, BlobStore],
      useFactory: (database: Database, writes: WriteRunner, hints: Hints, blobs: BlobStore) =>
        new DocumentsService(database, writes, hints, blobs, { maxAttempts }),
    },
    {
      provide: ChunkingService,
      inject: [Database, BlobStore, ModelDirectory, NATS, Subjects],
      useFactory: (database: Database, blobs: BlobStore, models: ModelDirectory, nats: NatsConnection, subjects: Subjects) =>
        new ChunkingService(database, blobs, models, new LaneClient(nats, subjects), subjects),
    },
    {
      provide: ChunkingProfilesService,
      inject: [Database, WriteRunner],
      useFactory: (database: Database, writes: WriteRunner) => new ChunkingProfilesService(database, writes),
    },
    {
      provide: DeleteDocumentsService,
      inject: [Database, WriteRunner, Hints],
      useFactory: (database: Database, writes: WriteRunner, hints: Hints) => new DeleteDocumentsService(database, writes, hints, { maxAttempts }),
    },
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
      provide: SourcesService,
      inject: [Database, WriteRunner, Hints, WebClient],
      useFactory: (database: Database, writes: WriteRunner, hints: Hints, web: WebClient) =>
        new SourcesService(database, writes, hints, rulesOf(config, web), new SecretBox(config.sourceSecrets.keys), {
          maxAttempts,
        }),
    },
    {
      provide: SourcePreviewsService,
      inject: [WebClient],
      useFactory: (web: WebClient) => new SourcePreviewsService(rulesOf(config, web)),
    },
    {
      provide: SharesService,
      inject: [Database, WriteRunner],
      useFactory: (database: Database, writes: WriteRunner) => new SharesService(database, writes),
    },
    {
      provide: EvaluationsService,
      inject: [Database, WriteRunner],
      useFactory: (database: Database, writes: WriteRunner) => new EvaluationsService(database, writes),
    },
    {
      provide: TemplatesService,
      inject: [Database, WriteRunner, ModelDirectory],
      useFactory: (database: Database, writes: WriteRunner, models: ModelDirectory) => new TemplatesService(database, writes, models),
    },
    {
      provide: VersionsService,
      inject: [Database, WriteRunner, Hints, ModelDirectory, ReindexService],
      useFactory: (database: Database, writes: WriteRunner, hints: Hints, models: ModelDirectory, reindexes: ReindexService) =>
        new VersionsService(database, writes, hints, models, reindexes),
    },
    {
      provide: AliasesService,
      inject: [Database, WriteRunner],
      useFactory: (database: Database, writes: WriteRunner) => new AliasesService(database, writes),
    },
    {
      provide: FamiliesService,
      inject: [Database, WriteRunner],
      useFactory: (database: Database, writes: WriteRunner) => new FamiliesService(database, writes),
    },
    {
      provide: QuotasService,
      inject: [Database, WriteRunner],
      useFactory: (database: Database, writes: WriteRunner) => new QuotasService(database, writes),
    },
    {
      provide: AnalyticsService,
      inject: [Database, WriteRunner],
      useFactory: (database: Database, writes: WriteRunner) => new AnalyticsService(database, writes),
    },
    {
      provide: DenialRecorder,
      inject: [HttpAdapterHost, Database, LOGGER],
      useFactory: ({ httpAdapter }: HttpAdapterHost, database: Database, log: Logger) => {
        const denials = new DenialRecorder(database, log);
        denials.listen(httpAdapter.getInstance()); // before there are routes: a hook is for those that come after it
        return denials;
      },
    },
    { provide: PasswordHasher, useValue: new PasswordHasher() },
    {
      provide: AccountsService,
      inject: [Database, PasswordHasher, RateLimiter, LOGGER],
      useFactory: (database: Database, passwords: PasswordHasher, limiter: RateLimiter, log: Logger) =>
        new AccountsService(database, passwords, limiter, config, log),
    },
    {
      provide: UsersService,
      inject: [Database, WriteRunner, PasswordHasher],
      useFactory: (database: Database, writes: WriteRunner, passwords: PasswordHasher) => new UsersService(database, writes, passwords, config),
    },
    {
      provide: OperationsService,
      inject: [Database, WriteRunner, Hints, FeedCursors],
      useFactory: (database: Database, writes: WriteRunner, hints: Hints, feedCursors: FeedCursors) =>
        new OperationsService(database, writes, hints, feedCursors),
    },
    {
      provide: OperationSource,
      inject: [Database, EventHints],
      useFactory: (database: Database, hints: EventHints) => new OperationSource(database, hints),
    },
    {
      provide: SseStreams,
      inject: [StreamAccess, Lifecycle],
      useFactory: (access: StreamAccess, lifecycle: Lifecycle) => new SseStreams(access, lifecycle),
    },
    {
      provide: StreamAccess,
      inject: [Authenticator, RateLimiter],
      useFactory: (authenticator: Authenticator, limiter: RateLimiter) => new StreamAccess(authenticator, limiter),
    },
    {
      provide: EventSockets,
      inject: [EventSource, OperationSource, StreamAccess, Lifecycle],
      useFactory: (source: EventSource, operations: OperationSource, access: StreamAccess, lifecycle: Lifecycle) =>
        new EventSockets(source, operations, access, { draining: lifecycle.draining, origins: config.gateway.allowedOrigins ?? [] }),
    },
  ];
}

function rulesOf({ sources }: ApiConfig, web: WebClient): SourceRules {
  return { roots: sources.roots, web, limits: SOURCE_LIMITS };
}

@Module({})
export class ApiModule {
  static for(config: ApiConfig): DynamicModule {
    return { module: ApiModule, controllers: CONTROLLERS, providers: [...connections(config), ...services(config)] };
  }
}
