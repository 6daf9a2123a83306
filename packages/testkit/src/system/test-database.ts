import { randomBytes } from 'node:crypto';
import { createDataSource, Database, migrate } from '@cairn/common';
import { type DatabaseUrls, type PostgresFacts, urlsForDatabase } from '@cairn/stack';
import pg from 'pg';

export interface TestDatabase {
  name: string;
  urls: DatabaseUrls & { superUrl: string };
  /** Runs one statement as the superuser, who sees every row: for checking, never for the system under test. */
  sql<T = Record<string, unknown>>(text: string, values?: unknown[]): Promise<T[]>;
  /** The system's own way in, as one of its roles. */
  as(role: 'app' | 'worker' | 'dispatch' | 'owner'): Promise<Database>;
  close(): Promise<void>;
}

/** A new, migrated database on a running Postgres. */
export async function createTestDatabase(postgres: PostgresFacts): Promise<TestDatabase> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  await once(postgres.superUrl, `CREATE DATABASE ${name} OWNER cairn_owner`);
  const urls = urlsForDatabase(
    { superUrl: postgres.superUrl, ownerUrl: postgres.ownerUrl, appUrl: postgres.appUrl, workerUrl: postgres.workerUrl, dispatchUrl: postgres.dispatchUrl },
    name,
  ) as TestDatabase['urls'];
  const owner = await createDataSource({ url: urls.ownerUrl, applicationName: 'test-migrate', poolSize: 2 }).initialize();
  await migrate(owner);
  await owner.destroy();
  const pool = new pg.Pool({ connectionString: urls.superUrl, max: 4 });
  pool.on('error', () => undefined); // a server that a test kills
  const closing: (() => Promise<unknown>)[] = [() => pool.end()];
  return {
    name,
    urls,
    sql: async <T>(text: string, values?: unknown[]) => (await pool.query(text, values as unknown[])).rows as T[],
    as: async (role) => {
      const source = await createDataSource({ url: urls[`${role}Url`], applicationName: `test-${role}`, poolSize: 4 }).initialize();
      closing.push(() => source.destroy());
      return new Database(source);
    },
    close: async () => {
      for (const close of closing) await close();
      await once(postgres.superUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function once(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
