import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Models that score pairs of texts are listed beside those that make vectors. They have neither a dimension nor a space. */
export class Rerankers1700000000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(
      `ALTER TABLE models ADD COLUMN kind text NOT NULL DEFAULT 'onnx', ALTER COLUMN dimension DROP NOT NULL, ALTER COLUMN space DROP NOT NULL`,
    );
    await runner.query(`ALTER TABLE models ADD CONSTRAINT models_kind_check CHECK (CASE kind WHEN 'onnx' THEN dimension IS NOT NULL AND space IS NOT NULL
      WHEN 'reranker' THEN dimension IS NULL AND space IS NULL ELSE false END)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(`DELETE FROM models WHERE kind = 'reranker'`);
    await runner.query('ALTER TABLE models DROP COLUMN kind, ALTER COLUMN dimension SET NOT NULL, ALTER COLUMN space SET NOT NULL');
  }
}
