import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who waits for a device says so, so that its holder gives it up when it has had its turn, and keeps its model there while nobody waits. */
export class DeviceTurns1700000000012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(`ALTER TABLE device_leases ADD COLUMN wanted_until timestamptz NOT NULL DEFAULT '-infinity'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('ALTER TABLE device_leases DROP COLUMN wanted_until');
  }
}
