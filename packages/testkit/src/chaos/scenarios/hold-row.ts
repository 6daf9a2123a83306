import pg from 'pg';
import type { Stage } from '../stage.js';

/** Keeps a job from being read for its end, or for anything else that needs its row, until the answer is called. Everybody else's jobs go on. */
export async function holdJobRow(stage: Stage, jobId: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: stage.system.database.urls.superUrl });
  await client.connect();
  await client.query('BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0');
  await client.query('SELECT 1 FROM jobs WHERE id = $1 FOR UPDATE', [jobId]);
  return async () => {
    await client.query('COMMIT');
    await client.end();
  };
}
