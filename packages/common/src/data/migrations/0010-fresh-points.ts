import type { MigrationInterface, QueryRunner } from 'typeorm';

const TENANT = `nullif(current_setting('app.org_id', true), '')::uuid`;

/** What became live a moment ago, until it is known that Qdrant finds it: a search does not leave these points to Qdrant alone. */
export class FreshPoints1700000000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE fresh_points (
      org_id uuid NOT NULL, id uuid NOT NULL, space text NOT NULL, point_ids uuid[] NOT NULL,
      since timestamptz NOT NULL DEFAULT clock_timestamp(), CONSTRAINT fresh_points_pkey PRIMARY KEY (org_id, id));
      CREATE INDEX fresh_points_since_idx ON fresh_points (since)`);
    await runner.query(`ALTER TABLE fresh_points ENABLE ROW LEVEL SECURITY;
      CREATE POLICY tenant ON fresh_points USING (org_id = ${TENANT}) WITH CHECK (org_id = ${TENANT});
      CREATE POLICY protocol ON fresh_points TO cairn_dispatch USING (true) WITH CHECK (true)`);
    await runner.query('GRANT SELECT ON fresh_points TO cairn_app');
    await runner.query('GRANT INSERT ON fresh_points TO cairn_worker');
    await runner.query('GRANT SELECT, INSERT, DELETE ON fresh_points TO cairn_dispatch');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE fresh_points');
  }
}
