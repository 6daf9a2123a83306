import type { MigrationInterface, QueryRunner } from 'typeorm';

const check = (
  vectors: string,
): string => `ALTER TABLE models ADD CONSTRAINT models_kind_check CHECK (CASE WHEN kind IN (${vectors}) THEN dimension IS NOT NULL AND space IS NOT NULL
  WHEN kind = 'reranker' THEN dimension IS NULL AND space IS NULL ELSE false END)`;

/**
 * Who waits for a device says so, so that its holder gives it up when it has had its turn, and keeps its model there while nobody waits. Ensembles are
 * listed beside the models that they mix. A model that no worker has any more can be told from one whose workers are away.
 */
export class Serving1700000000012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(`ALTER TABLE device_leases ADD COLUMN wanted_until timestamptz NOT NULL DEFAULT '-infinity'`);
    await runner.query('ALTER TABLE models DROP CONSTRAINT models_kind_check');
    await runner.query(check(`'onnx', 'clip', 'remote', 'ensemble'`));
    await runner.query('ALTER TABLE models ADD COLUMN served_since timestamptz NOT NULL DEFAULT clock_timestamp()');
    // So far it was written when a worker started, which may be long ago.
    await runner.query('UPDATE models SET served_at = clock_timestamp()');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('ALTER TABLE device_leases DROP COLUMN wanted_until');
    await runner.query('ALTER TABLE models DROP COLUMN served_since');
    await runner.query(`DELETE FROM models WHERE kind = 'ensemble'`);
    await runner.query('ALTER TABLE models DROP CONSTRAINT models_kind_check');
    await runner.query(check(`'onnx', 'clip', 'remote'`));
  }
}
