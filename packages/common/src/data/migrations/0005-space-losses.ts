import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A search or a job that began before Qdrant lost the space can tell so when it ends, also when all was written back meanwhile. */
export class SpaceLosses1700000000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('ALTER TABLE spaces ADD COLUMN losses bigint NOT NULL DEFAULT 0');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('ALTER TABLE spaces DROP COLUMN losses');
  }
}
