import {
  Authenticator,
  AuthGuard,
  CursorSeal,
  Database,
  databaseProvider,
  FeedCursors,
  Hints,
  Lifecycle,
  ModelDirectory,
  NATS,
  natsProvider,
  Subjects,
  TokenVerifier,
} from '@cairn/common';
import type { NatsConnection } from '@nats-io/transport-node';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { ApiConfig } from './api.config.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { EventHints } from './events/event-hints.js';
import { EventSockets } from './events/event-sockets.js';
import { EventSource } from './events/event-source.js';
import { EventsController } from './events/events.controller.js';
import { StreamAccess } from './events/stream-access.js';
import { JobsController } from './jobs/jobs.controller.js';
import { JobsService } from './jobs/jobs.service.js';
import { ModelsController } from './models/models.controller.js';
import { OutboxController } from './outbox/outbox.controller.js';
import { SearchService } from './search/search.service.js';
import { SearchForwardController } from './search/search-forward.controller.js';
import { VectorsController } from './vectors/vectors.controller.js';
import { VectorsService } from './vectors/vectors.service.js';
import { WriteRunner } from './writes/write-runner.js';

export const CONTROLLERS = [
  JobsController,
  VectorsController,
  EventsController,
  ApiKeysController,
  OutboxController,
  ModelsController,
  SearchForwardController,
];

/** Everything the api holds open, made before its controllers and let go after the last request. */
function connections(config: ApiConfig): Provider[] {
  return [
    { provide: Subjects, useValue: new Subjects(config.service.namespace) },
    databaseProvider(config.database, 'cairn-api'),
    natsProvider(config.nats, 'cairn-api'),
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
  const cursors = new CursorSeal(config.gateway.cursorSecret);
  return [
    { provide: APP_GUARD, useClass: AuthGuard },
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
    { provide: StreamAccess, inject: [Authenticator], useFactory: (authenticator: Authenticator) => new StreamAccess(authenticator) },
    {
      provide: EventSockets,
      inject: [EventSource, StreamAccess, Lifecycle],
      useFactory: (source: EventSource, access: StreamAccess, lifecycle: Lifecycle) =>
        new EventSockets(source, access, { draining: lifecycle.draining, origins: config.gateway.allowedOrigins ?? [] }),
    },
  ];
}

@Module({})
export class ApiModule {
  static for(config: ApiConfig): DynamicModule {
    return { module: ApiModule, controllers: CONTROLLERS, providers: [...connections(config), ...services(config)] };
  }
}
