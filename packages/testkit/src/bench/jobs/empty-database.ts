import { type PostgresFacts, withDatabase } from '@cairn/stack';
import pg from 'pg';

/** A database for a peer, which makes its own tables; answers its address as the superuser, whom no row-level security slows down. */
export async function emptyDatabase(postgres: PostgresFacts, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: postgres.superUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
  return withDatabase(postgres.superUrl, name);
}
