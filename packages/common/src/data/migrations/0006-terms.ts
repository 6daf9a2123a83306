import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The words of a text beside its vector, so that it is found by them too, and so that a lost space is written back with them. */
export class Terms1700000000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('ALTER TABLE vectors ADD COLUMN terms bytea, ADD COLUMN language text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('ALTER TABLE vectors DROP COLUMN terms, DROP COLUMN language');
  }
}
