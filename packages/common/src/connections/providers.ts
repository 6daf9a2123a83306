import type { Provider } from '@nestjs/common';
import { BlobStore } from '../blobs/blob-store.js';
import type { BlobsConfig } from '../config/blobs.config.js';
import type { DatabaseConfig } from '../config/database.config.js';
import type { NatsConfig } from '../config/nats.config.js';
import type { RatesConfig } from '../config/rates.config.js';
import { Database } from '../data/database.js';
import { connectNats } from '../messaging/nats-connection.js';
import { RateLimiter } from '../rates/rate-limiter.js';
import { Lifecycle } from '../shell/lifecycle/lifecycle.js';
import { Metrics } from '../shell/metrics/metrics.js';
import { openDatabase } from './open-database.js';

/** Injects the connection to NATS (a `NatsConnection`). */
export const NATS = Symbol('nats connection');

/** `Database`, connected before the service listens and closed after its last request. */
export function databaseProvider(config: DatabaseConfig, applicationName: string): Provider {
  return {
    provide: Database,
    inject: [Lifecycle],
    useFactory: async (lifecycle: Lifecycle) => {
      const { database, close } = await openDatabase(config, applicationName);
      lifecycle.onDrain('connections', 'postgres', close);
      return database;
    },
  };
}

/** `BlobStore`, in a folder that was seen to be writable: a service that could keep no file does not start. */
export function blobsProvider({ folder }: BlobsConfig): Provider {
  return { provide: BlobStore, useFactory: () => BlobStore.open(folder) };
}

/** `NATS`, connected before the service listens; what was published is on its way before it closes. */
export function natsProvider(config: NatsConfig, name: string): Provider {
  return {
    provide: NATS,
    inject: [Lifecycle],
    useFactory: async (lifecycle: Lifecycle) => {
      const connection = await connectNats(config, name);
      lifecycle.onDrain('connections', 'nats', () => connection.drain());
      return connection;
    },
  };
}

/** `RateLimiter`, which counts for this process alone. */
export function rateLimiterProvider(config: RatesConfig): Provider {
  return { provide: RateLimiter, inject: [Metrics], useFactory: (metrics: Metrics) => new RateLimiter(config, metrics) };
}
