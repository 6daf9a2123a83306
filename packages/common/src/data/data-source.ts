import { DataSource, type Logger } from 'typeorm';
import { ENTITIES } from './entities/index.js';
import { Foundation1700000000001 } from './migrations/0001-foundation.js';
import { FewerIndexes1700000000002 } from './migrations/0002-fewer-indexes.js';
import { Models1700000000003 } from './migrations/0003-models.js';
import { KnownVectors1700000000004 } from './migrations/0004-known-vectors.js';
import { SpaceLosses1700000000005 } from './migrations/0005-space-losses.js';
import { Terms1700000000006 } from './migrations/0006-terms.js';
import { Rerankers1700000000007 } from './migrations/0007-rerankers.js';
import { RemoteModels1700000000008 } from './migrations/0008-remote-models.js';
import { DeviceLeases1700000000009 } from './migrations/0009-device-leases.js';
import { FreshPoints1700000000010 } from './migrations/0010-fresh-points.js';
import { Images1700000000011 } from './migrations/0011-images.js';
import { Serving1700000000012 } from './migrations/0012-serving.js';
import { Collections1700000000013 } from './migrations/0013-collections.js';
import { Upkeep1700000000014 } from './migrations/0014-upkeep.js';
import { QuotasAndAudit1700000000015 } from './migrations/0015-quotas-and-audit.js';
import { Sync1700000000016 } from './migrations/0016-sync.js';
import { Accounts1700000000017 } from './migrations/0017-accounts.js';
import { CareOfCollections1700000000018 } from './migrations/0018-care-of-collections.js';
import { JobsOfCollections1700000000019 } from './migrations/0019-jobs-of-collections.js';
import { Evaluations1700000000020 } from './migrations/0020-evaluations.js';
import { KeysAndSessions1700000000021 } from './migrations/0021-keys-and-sessions.js';
import { FailedDocuments1700000000022 } from './migrations/0022-failed-documents.js';
import { SearchEvents1700000000023 } from './migrations/0023-search-events.js';
import { ExtractedMetadata1700000000024 } from './migrations/0024-extracted-metadata.js';
import { PagesOfChunks1700000000025 } from './migrations/0025-pages-of-chunks.js';
import { EndsOfOperations1700000000026 } from './migrations/0026-ends-of-operations.js';
import { SpelledPaths1700000000027 } from './migrations/0027-spelled-paths.js';
import { Families1700000000028 } from './migrations/0028-families.js';

export const MIGRATIONS = [
  Foundation1700000000001,
  FewerIndexes1700000000002,
  Models1700000000003,
  KnownVectors1700000000004,
  SpaceLosses1700000000005,
  Terms1700000000006,
  Rerankers1700000000007,
  RemoteModels1700000000008,
  DeviceLeases1700000000009,
  FreshPoints1700000000010,
  Images1700000000011,
  Serving1700000000012,
  Collections1700000000013,
  Upkeep1700000000014,
  QuotasAndAudit1700000000015,
  Sync1700000000016,
  Accounts1700000000017,
  CareOfCollections1700000000018,
  JobsOfCollections1700000000019,
  Evaluations1700000000020,
  KeysAndSessions1700000000021,
  FailedDocuments1700000000022,
  SearchEvents1700000000023,
  ExtractedMetadata1700000000024,
  PagesOfChunks1700000000025,
  EndsOfOperations1700000000026,
  SpelledPaths1700000000027,
  Families1700000000028,
];

export interface DatabaseOptions {
  url: string;
  poolSize?: number;
  applicationName: string;
  /** Encrypted, with the server's certificate verified. */
  tls?: boolean;
  connectTimeoutMs?: number;
  /** After this long without an answer the outcome is unknown; nothing of ours cancels a backend. */
  queryTimeoutMs?: number;
  onPoolError?: (error: unknown) => void;
}

// The default logger prints query parameters, and those hold tenants' texts.
const SILENT: Logger = { logQuery() {}, logQueryError() {}, logQuerySlow() {}, logSchemaBuild() {}, logMigration() {}, log() {} };

/** The one place that knows how we connect to Postgres. */
export function createDataSource(options: DatabaseOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    url: options.url,
    ssl: options.tls ? { rejectUnauthorized: true } : false,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    migrationsTableName: 'migrations',
    installExtensions: false,
    uuidExtension: 'pgcrypto',
    applicationName: options.applicationName,
    connectTimeoutMS: options.connectTimeoutMs ?? 2_000,
    poolSize: options.poolSize ?? 8,
    poolErrorHandler: options.onPoolError ?? (() => {}),
    logger: SILENT,
    extra: {
      // What is asked at once is sent at once, each statement with an answer of its own; without it, each waits for the answer of the one before.
      pipeline: true,
      query_timeout: options.queryTimeoutMs ?? 15_000,
      idle_in_transaction_session_timeout: 30_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      maxLifetimeSeconds: 1_800,
    },
  });
}
