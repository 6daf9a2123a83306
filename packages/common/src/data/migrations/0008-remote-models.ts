import type { MigrationInterface, QueryRunner } from 'typeorm';

const check = (
  vectors: string,
): string => `ALTER TABLE models ADD CONSTRAINT models_kind_check CHECK (CASE WHEN kind IN (${vectors}) THEN dimension IS NOT NULL AND space IS NOT NULL
  WHEN kind = 'reranker' THEN dimension IS NULL AND space IS NULL ELSE false END)`;

/** Models at a provider are listed beside those whose files are here. */
export class RemoteModels1700000000008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('ALTER TABLE models DROP CONSTRAINT models_kind_check');
    await runner.query(check(`'onnx', 'remote'`));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(`DELETE FROM models WHERE kind = 'remote'`);
    await runner.query('ALTER TABLE models DROP CONSTRAINT models_kind_check');
    await runner.query(check(`'onnx'`));
  }
}
