import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who computes on a device, across machines and containers. No tenant's. A row stays when its device is free, so that the fence counts on. */
export class DeviceLeases1700000000009 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE device_leases (
      device text CONSTRAINT device_leases_pkey PRIMARY KEY, holder text NOT NULL, fence bigint NOT NULL, token uuid NOT NULL, lease_until timestamptz NOT NULL)`);
    await runner.query('GRANT SELECT, INSERT, UPDATE ON device_leases TO cairn_worker');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE device_leases');
  }
}
