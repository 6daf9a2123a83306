import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { DatabaseConfig } from '../config/database.config.js';
import { createDataSource } from '../data/data-source.js';
import { Database } from '../data/database.js';
import { migrate } from '../data/migrate.js';
import { isConnectionFailure } from '../data/pg-errors.js';

const PATIENCE_MS = 60_000;
const RETRY_MS = 500;

/** An open connection pool that knows how to end. */
export interface OpenDatabase {
  database: Database;
  close(): Promise<void>;
}

/** Connects, waiting a minute for a Postgres that is still starting; migrates first where the owner's address is given. */
export async function openDatabase(config: DatabaseConfig, applicationName: string): Promise<OpenDatabase> {
  if (config.ownerUrl) await migrateAs(config.ownerUrl, config.tls);
  const source = await connected(() =>
    createDataSource({
      url: config.url,
      tls: config.tls,
      applicationName,
      poolSize: config.poolSize,
      connectTimeoutMs: config.connectTimeoutMs,
      queryTimeoutMs: config.answerTimeoutMs,
    }),
  );
  await refuseUnsafe(source);
  return { database: new Database(source), close: () => source.destroy() };
}

async function migrateAs(url: string, tls: boolean): Promise<void> {
  const owner = await connected(() => createDataSource({ url, tls, applicationName: 'cairn-migrate', poolSize: 2, queryTimeoutMs: 600_000 }));
  try {
    await migrate(owner);
  } finally {
    await owner.destroy();
  }
}

async function connected(create: () => DataSource): Promise<DataSource> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await create().initialize();
    } catch (error) {
      if (!isConnectionFailure(error) || Date.now() > until) throw error;
      await sleep(RETRY_MS);
    }
  }
}

/** A commit that is answered before it is on disk would make "accepted" a lie. */
async function refuseUnsafe(source: DataSource): Promise<void> {
  const [row] = (await source.query(
    `SELECT current_setting('synchronous_commit') AS commit, current_setting('fsync') AS fsync, (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) AS unbound`,
  )) as {
    commit: string;
    fsync: string;
    unbound: boolean;
  }[];
  if (row?.commit === 'off' || row?.commit === 'local' || row?.fsync === 'off') {
    throw new Error(`Postgres runs with synchronous_commit=${row.commit} and fsync=${row.fsync}, so an accepted request could be lost. Set both to on.`);
  }
  if (row?.unbound)
    throw new Error(
      'The database role of this service is a superuser or bypasses row-level security, which would leave tenants unprotected. Use the role made for it.',
    );
}
