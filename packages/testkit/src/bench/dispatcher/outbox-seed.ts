import type { TestDatabase } from '../../system/test-database.js';

/** Organisations of the backlog; few enough rows each that no cap holds any back. */
const ORGANISATIONS = 100;

// Their ids begin with zeros, those of the history with ones: so one can be told from the other.
const BACKLOG_ORG = `('00000000-0000-4000-8000-' || lpad((n % ${ORGANISATIONS})::text, 12, '0'))::uuid`;
const HISTORY_ORG = `('11111111-0000-4000-8000-' || lpad((n % 2000)::text, 12, '0'))::uuid`;

/** Rows as accepted jobs leave them, none of them rung yet; whatever an earlier round left is gone, and vacuumed away. */
export async function seedBacklog({ sql }: TestDatabase, rows: number): Promise<void> {
  await sql(`DELETE FROM outbox WHERE org_id < '11111111-0000-4000-8000-000000000000'`);
  await sql(`INSERT INTO outbox (org_id, id, job_id, job_type, lane, correlation_id)
    SELECT ${BACKLOG_ORG}, uuidv7(), uuidv7(), 'mock_process', 'interactive', 'bench' FROM generate_series(1, ${rows}) AS n`);
  await sql('VACUUM ANALYZE outbox');
  await sql('CHECKPOINT');
}

/** Rows that were rung and that nobody has answered: the only ones that stay, since answering a bell deletes it. */
export async function seedHistory({ sql }: TestDatabase, rows: number): Promise<void> {
  await sql(`INSERT INTO outbox (org_id, id, job_id, job_type, lane, correlation_id, published_at)
    SELECT ${HISTORY_ORG}, uuidv7(), uuidv7(), 'mock_process', 'interactive', 'bench', clock_timestamp() FROM generate_series(1, ${rows}) AS n`);
}
