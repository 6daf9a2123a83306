import { Database, databaseProvider, Lifecycle, LOGGER, type Logger, Metrics, NATS, natsProvider, Subjects } from '@cairn/common';
import type { NatsConnection } from '@nats-io/transport-node';
import { type DynamicModule, Module } from '@nestjs/common';
import type { DispatcherConfig } from './dispatcher.config.js';
import { Dispatcher } from './dispatcher.js';

@Module({})
export class DispatcherModule {
  static for(config: DispatcherConfig): DynamicModule {
    return {
      module: DispatcherModule,
      providers: [
        databaseProvider(config.database, 'cairn-dispatcher'),
        natsProvider(config.nats, 'cairn-dispatcher'),
        {
          provide: Dispatcher,
          inject: [Database, NATS, Metrics, LOGGER, Lifecycle],
          useFactory: (database: Database, nats: NatsConnection, metrics: Metrics, logger: Logger, lifecycle: Lifecycle) => {
            const dispatcher = new Dispatcher({ config, database, nats, subjects: new Subjects(config.service.namespace), metrics, logger });
            dispatcher.drainWith(lifecycle);
            return dispatcher;
          },
        },
      ],
    };
  }
}
