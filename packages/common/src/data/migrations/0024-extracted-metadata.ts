import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keywords and entities of documents, where a collection wants them; and what is said of chunks that came as such. */
export class ExtractedMetadata1700000000024 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('ALTER TABLE documents ADD COLUMN extracted jsonb');
    await runner.query('ALTER TABLE manifests ADD COLUMN extracted jsonb');
    await runner.query('ALTER TABLE chunks ADD COLUMN metadata jsonb');
    await runner.query('ALTER TABLE collection_indexes ADD COLUMN extract_metadata boolean NOT NULL DEFAULT false');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('ALTER TABLE collection_indexes DROP COLUMN extract_metadata');
    await runner.query('ALTER TABLE chunks DROP COLUMN metadata');
    await runner.query('ALTER TABLE manifests DROP COLUMN extracted');
    await runner.query('ALTER TABLE documents DROP COLUMN extracted');
  }
}
