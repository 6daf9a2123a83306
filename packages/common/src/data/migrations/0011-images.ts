import type { MigrationInterface, QueryRunner } from 'typeorm';

const check = (
  vectors: string,
): string => `ALTER TABLE models ADD CONSTRAINT models_kind_check CHECK (CASE WHEN kind IN (${vectors}) THEN dimension IS NOT NULL AND space IS NOT NULL
  WHEN kind = 'reranker' THEN dimension IS NULL AND space IS NULL ELSE false END)`;

/** Models that read images are listed with what they read. */
export class Images1700000000011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(`ALTER TABLE models DROP CONSTRAINT models_kind_check, ADD COLUMN inputs text[] NOT NULL DEFAULT '{text}'`);
    await runner.query(check(`'onnx', 'clip', 'remote'`));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(`DELETE FROM models WHERE kind = 'clip'`);
    await runner.query('ALTER TABLE models DROP CONSTRAINT models_kind_check, DROP COLUMN inputs');
    await runner.query(check(`'onnx', 'remote'`));
  }
}
