import type { MigrationInterface, QueryRunner } from 'typeorm';

const TENANT = `nullif(current_setting('app.org_id', true), '')::uuid`;

const TABLES = `
CREATE TABLE judgment_sets (
  org_id uuid NOT NULL, id uuid NOT NULL, name text NOT NULL, judgments jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT judgment_sets_pkey PRIMARY KEY (org_id, id));
CREATE UNIQUE INDEX judgment_sets_name_key ON judgment_sets (org_id, name);

CREATE TABLE evaluations (
  org_id uuid NOT NULL, id uuid NOT NULL, judgment_set_id uuid NOT NULL, collection_ids uuid[] NOT NULL, result jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT evaluations_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT evaluations_set_fkey FOREIGN KEY (org_id, judgment_set_id) REFERENCES judgment_sets ON DELETE CASCADE);
CREATE INDEX evaluations_set_idx ON evaluations (org_id, judgment_set_id);
`;

const TABLE_NAMES = ['judgment_sets', 'evaluations'];

const GRANTS: [rights: string, table: string][] = [
  ['SELECT, INSERT, DELETE', 'judgment_sets'],
  ['SELECT, INSERT', 'evaluations'],
];

/** What people found relevant, and how well searches found it. */
export class Evaluations1700000000020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(TABLES);
    for (const table of TABLE_NAMES) {
      await runner.query(
        `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY; CREATE POLICY tenant ON ${table} USING (org_id = ${TENANT}) WITH CHECK (org_id = ${TENANT})`,
      );
    }
    for (const [rights, table] of GRANTS) await runner.query(`GRANT ${rights} ON ${table} TO cairn_app`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('DROP TABLE evaluations, judgment_sets');
  }
}
