import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where pages begin inside of chunks, so that a hit says the page that its words are on. */
export class PagesOfChunks1700000000025 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('ALTER TABLE chunks ADD COLUMN page_starts integer[]');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('ALTER TABLE chunks DROP COLUMN page_starts');
  }
}
