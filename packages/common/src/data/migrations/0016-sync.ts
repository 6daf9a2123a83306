import type { MigrationInterface, QueryRunner } from 'typeorm';

const COLUMNS = `
ALTER TABLE sources ADD COLUMN sync_every_minutes integer CONSTRAINT sources_sync_check CHECK (sync_every_minutes BETWEEN 1 AND 525600),
  ADD COLUMN is_paused boolean NOT NULL DEFAULT false, ADD COLUMN next_run_at timestamptz, ADD COLUMN last_run_at timestamptz,
  ADD COLUMN run_id uuid, ADD COLUMN failures integer NOT NULL DEFAULT 0, ADD COLUMN last_error text, ADD COLUMN secrets bytea;
CREATE INDEX sources_due_idx ON sources (next_run_at) WHERE next_run_at IS NOT NULL AND run_id IS NULL AND NOT is_paused AND removed_at IS NULL;
CREATE INDEX sources_run_idx ON sources (org_id, run_id) WHERE run_id IS NOT NULL;
CREATE INDEX operations_source_idx ON operations (org_id, source_id, created_at, id) WHERE source_id IS NOT NULL;
`;

/** Sources are looked through again by the clock, say how that went, and may have secrets, which are encrypted. */
export class Sync1700000000016 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(COLUMNS);
    // The dispatcher begins runs: an operation and its job, of any organisation; the events of operations it sees since 0014.
    await runner.query('GRANT UPDATE ON sources TO cairn_dispatch; GRANT INSERT ON operations TO cairn_dispatch');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('REVOKE UPDATE ON sources FROM cairn_dispatch; REVOKE INSERT ON operations FROM cairn_dispatch');
    await runner.query('DROP INDEX operations_source_idx');
    await runner.query(`ALTER TABLE sources DROP COLUMN sync_every_minutes, DROP COLUMN is_paused, DROP COLUMN next_run_at, DROP COLUMN last_run_at,
      DROP COLUMN run_id, DROP COLUMN failures, DROP COLUMN last_error, DROP COLUMN secrets`);
  }
}
