import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A text that an organisation has embedded already costs no inference: its live vector is found by the hash of the text. */
export class KnownVectors1700000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('ALTER TABLE vectors ADD COLUMN text_hash bytea, ADD COLUMN tokens integer, ADD COLUMN read_tokens integer');
    await runner.query('CREATE INDEX vectors_text_idx ON vectors (org_id, space, text_hash) WHERE live_token IS NOT NULL AND text_hash IS NOT NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('DROP INDEX vectors_text_idx');
    await runner.query('ALTER TABLE vectors DROP COLUMN text_hash, DROP COLUMN tokens, DROP COLUMN read_tokens');
  }
}
