import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whoever tries failed documents again looks for them every few seconds, in every collection that wants it: few among very many are found without reading all of them. */
export class FailedDocuments1700000000022 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(`CREATE INDEX documents_failed_idx ON documents (org_id, collection_id, id) WHERE deleted_at IS NULL AND status = 'failed'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('DROP INDEX documents_failed_idx');
  }
}
