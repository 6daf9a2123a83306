import type { MigrationInterface, QueryRunner } from 'typeorm';

const COLUMNS = `
ALTER TABLE users ADD COLUMN role text CONSTRAINT users_role_check CHECK (role IN ('viewer','member','admin','owner')), ADD COLUMN removed_at timestamptz;
`;

/** Users have a role in their organisation, and may be removed from it. */
export class Accounts1700000000017 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(COLUMNS);
    await runner.query('GRANT UPDATE (role, removed_at) ON users TO cairn_app');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('REVOKE UPDATE (role, removed_at) ON users FROM cairn_app');
    await runner.query('ALTER TABLE users DROP COLUMN role, DROP COLUMN removed_at');
  }
}
