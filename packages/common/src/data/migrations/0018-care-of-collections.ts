import type { MigrationInterface, QueryRunner } from 'typeorm';

const TENANT = `nullif(current_setting('app.org_id', true), '')::uuid`;

const TABLES = `
CREATE TABLE collection_aliases (
  org_id uuid NOT NULL, name text NOT NULL, collection_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT collection_aliases_pkey PRIMARY KEY (org_id, name));
CREATE INDEX collection_aliases_collection_idx ON collection_aliases (org_id, collection_id);

CREATE TABLE collection_templates (
  org_id uuid NOT NULL, name text NOT NULL, description text NOT NULL DEFAULT '', settings jsonb NOT NULL, owner_id bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT collection_templates_pkey PRIMARY KEY (org_id, name));

CREATE TABLE collection_versions (
  org_id uuid NOT NULL, collection_id uuid NOT NULL, number integer NOT NULL, name text NOT NULL, description text NOT NULL,
  is_public boolean NOT NULL, auto_maintenance boolean NOT NULL, metadata jsonb NOT NULL, settings jsonb NOT NULL,
  changed_by text NOT NULL, changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT collection_versions_pkey PRIMARY KEY (org_id, collection_id, number));
`;

const COLUMNS = `
ALTER TABLE collections ADD COLUMN auto_maintenance boolean NOT NULL DEFAULT false, ADD COLUMN maintained_at timestamptz;
CREATE INDEX collections_maintenance_idx ON collections (maintained_at) WHERE auto_maintenance AND deleted_at IS NULL;
`;

const TABLE_NAMES = ['collection_aliases', 'collection_templates', 'collection_versions'];

const GRANTS: [role: string, rights: string, tables: string][] = [
  ['cairn_app', 'SELECT, INSERT, UPDATE, DELETE', 'collection_aliases'],
  ['cairn_app', 'SELECT, INSERT, DELETE', 'collection_templates'],
  ['cairn_app', 'SELECT, INSERT', 'collection_versions'],
  ['cairn_worker', 'SELECT, INSERT, DELETE', 'collection_versions'],
  ['cairn_dispatch', 'UPDATE (maintained_at)', 'collections'],
];

/** What is kept beside collections: other names of them, settings for new ones, how they were before they were changed; and whether they are looked after. */
export class CareOfCollections1700000000018 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(TABLES);
    await runner.query(COLUMNS);
    for (const table of TABLE_NAMES) {
      await runner.query(
        `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY; CREATE POLICY tenant ON ${table} USING (org_id = ${TENANT}) WITH CHECK (org_id = ${TENANT})`,
      );
    }
    for (const [role, rights, tables] of GRANTS) await runner.query(`GRANT ${rights} ON ${tables} TO ${role}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('ALTER TABLE collections DROP COLUMN auto_maintenance, DROP COLUMN maintained_at');
    await runner.query(`DROP TABLE ${TABLE_NAMES.join(', ')}`);
  }
}
