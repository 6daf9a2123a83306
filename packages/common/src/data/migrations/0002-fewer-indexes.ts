import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Every job is written three times and its bell twice, each time into every index. Job ids are ordered by time, so the primary key also lists jobs; and a
 * job has one bell at most, so the job is its key. Statements of the version before still work without these indexes, only slower.
 */
export class FewerIndexes1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('DROP INDEX jobs_list_idx');
    await runner.query(
      'ALTER TABLE outbox DROP CONSTRAINT outbox_pkey, DROP CONSTRAINT outbox_job_key, ADD CONSTRAINT outbox_pkey PRIMARY KEY (org_id, job_id)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(
      'ALTER TABLE outbox DROP CONSTRAINT outbox_pkey, ADD CONSTRAINT outbox_pkey PRIMARY KEY (org_id, id), ADD CONSTRAINT outbox_job_key UNIQUE (org_id, job_id)',
    );
    await runner.query('CREATE INDEX jobs_list_idx ON jobs (org_id, created_at, id)');
  }
}
