import { connectNats, Database, Lifecycle, LOGGER, Metrics, openDatabase, Subjects } from '@cairn/common';
import type { NatsConnection } from '@nats-io/transport-node';
import { type DynamicModule, Module } from '@nestjs/common';
import type { DispatcherConfig } from './dispatcher.config.js';
import { Dispatcher } from './dispatcher.js';
import type { Logger } from './logger.js';

export const NATS = Symbol('nats connection');

@Module({})
export class DispatcherModule {
  static for(config: DispatcherConfig): DynamicModule {
    return {
      module: DispatcherModule,
      providers: [
        {
          provide: Database,
          inject: [Lifecycle],
          useFactory: async (lifecycle: Lifecycle) => {
            const { database, close } = await openDatabase(config.database, 'cairn-dispatcher');
            lifecycle.onDrain('connections', 'postgres', close);
            return database;
          },
        },
        {
          provide: NATS,
          inject: [Lifecycle],
          useFactory: async (lifecycle: Lifecycle) => {
            const connection = await connectNats(config.nats, 'cairn-dispatcher');
            lifecycle.onDrain('connections', 'nats', () => connection.close());
            return connection;
          },
        },
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
