import type { MigrationInterface, QueryRunner } from 'typeorm';

const TENANT = `nullif(current_setting('app.org_id', true), '')::uuid`;

// `has_query` is there so that whoever takes old texts away need not be able to read them.
const TABLE = `
CREATE TABLE search_events (
  org_id uuid NOT NULL, at timestamptz NOT NULL, id uuid NOT NULL, user_id bigint, collections uuid[] NOT NULL, hit_collections uuid[] NOT NULL,
  results integer NOT NULL, top_score double precision, mode text NOT NULL CONSTRAINT search_events_mode_check CHECK (mode IN ('dense','sparse','hybrid')),
  is_reranked boolean NOT NULL, ms double precision NOT NULL, stages jsonb NOT NULL, query text,
  has_query boolean NOT NULL GENERATED ALWAYS AS (query IS NOT NULL) STORED,
  CONSTRAINT search_events_pkey PRIMARY KEY (org_id, at, id));
CREATE INDEX search_events_at_idx ON search_events (at);
CREATE INDEX search_events_query_idx ON search_events (at) WHERE has_query;
`;

/** What was searched for, where, and how it went, where the organisation does not say that it wants none of it. */
export class SearchEvents1700000000023 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('ALTER TABLE organisations ADD COLUMN query_log boolean NOT NULL DEFAULT true');
    await runner.query('GRANT UPDATE (query_log) ON organisations TO cairn_app');
    await runner.query(TABLE);
    await runner.query(
      `ALTER TABLE search_events ENABLE ROW LEVEL SECURITY; CREATE POLICY tenant ON search_events USING (org_id = ${TENANT}) WITH CHECK (org_id = ${TENANT})`,
    );
    await runner.query('CREATE POLICY protocol ON search_events TO cairn_dispatch USING (true) WITH CHECK (true)');
    await runner.query('GRANT SELECT, INSERT ON search_events TO cairn_app');
    await runner.query('GRANT SELECT (org_id, at, id, has_query), UPDATE (query), DELETE ON search_events TO cairn_dispatch');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('DROP TABLE search_events');
    await runner.query('ALTER TABLE organisations DROP COLUMN query_log');
  }
}
