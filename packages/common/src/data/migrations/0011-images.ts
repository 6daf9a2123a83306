import type { MigrationInterface, QueryRunner } from 'typeorm';

const check = (
  vectors: string,
): string => `ALTER TABLE models ADD CONSTRAINT models_kind_check CHECK (CASE WHEN kind IN (${vectors}) THEN dimension IS NOT NULL AND space IS NOT NULL
  WHEN kind = 'reranker' THEN dimension IS NULL AND space IS NULL ELSE false END)`;

/** Models that read images are listed with what they read, and a job may hold an image in place of a text. */
export class Images1700000000011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(`ALTER TABLE models DROP CONSTRAINT models_kind_check, ADD COLUMN inputs text[] NOT NULL DEFAULT '{text}'`);
    await runner.query(check(`'onnx', 'clip', 'remote'`));
    await runner.query('ALTER TABLE job_inputs ALTER COLUMN text DROP NOT NULL, ADD COLUMN image bytea');
    await runner.query('ALTER TABLE job_inputs ADD CONSTRAINT job_inputs_content_check CHECK (num_nonnulls(text, image) = 1)');
    // Images are packed already: to try it again would only take time.
    await runner.query('ALTER TABLE job_inputs ALTER COLUMN image SET STORAGE EXTERNAL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('DELETE FROM job_inputs WHERE text IS NULL');
    await runner.query('ALTER TABLE job_inputs DROP CONSTRAINT job_inputs_content_check, DROP COLUMN image, ALTER COLUMN text SET NOT NULL');
    await runner.query(`DELETE FROM models WHERE kind = 'clip'`);
    await runner.query('ALTER TABLE models DROP CONSTRAINT models_kind_check, DROP COLUMN inputs');
    await runner.query(check(`'onnx', 'remote'`));
  }
}
