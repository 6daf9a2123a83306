import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Models that workers have. No tenant's: a model is installed for a whole system. */
export class Models1700000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE models (
      id text NOT NULL, version text NOT NULL, aliases text[] NOT NULL, dimension integer NOT NULL, shorter_dimensions integer[] NOT NULL,
      max_tokens integer NOT NULL, space text NOT NULL, fingerprint text NOT NULL, licence text NOT NULL, origin text NOT NULL,
      registered_at timestamptz NOT NULL DEFAULT clock_timestamp(), served_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      CONSTRAINT models_pkey PRIMARY KEY (id, version), CONSTRAINT models_space_key UNIQUE (space))`);
    await runner.query('GRANT SELECT ON models TO cairn_app');
    await runner.query('GRANT SELECT, INSERT, UPDATE ON models TO cairn_worker');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE models');
  }
}
