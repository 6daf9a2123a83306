import type { MigrationInterface, QueryRunner } from 'typeorm';

const TENANT = `nullif(current_setting('app.org_id', true), '')::uuid`;
const WHOLE_ORGANISATION = '00000000-0000-0000-0000-000000000000';

const QUOTA_TABLES = `
CREATE TABLE quotas (
  org_id uuid NOT NULL, collection_id uuid NOT NULL, documents bigint CHECK (documents >= 0), bytes bigint CHECK (bytes >= 0), sources bigint CHECK (sources >= 0),
  operations_per_hour bigint CHECK (operations_per_hour >= 0), set_by text NOT NULL, set_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT quotas_pkey PRIMARY KEY (org_id, collection_id));

CREATE TABLE quota_usage (
  org_id uuid NOT NULL, collection_id uuid NOT NULL, documents bigint NOT NULL DEFAULT 0, bytes bigint NOT NULL DEFAULT 0, sources bigint NOT NULL DEFAULT 0,
  operations bigint NOT NULL DEFAULT 0, hour timestamptz NOT NULL DEFAULT '-infinity',
  CONSTRAINT quota_usage_pkey PRIMARY KEY (org_id, collection_id)) WITH (fillfactor = 50);
`;

const COUNT_WHAT_IS_THERE = `
WITH held AS (
    SELECT org_id, collection_id, 1 AS documents, size_bytes AS bytes, 0 AS sources FROM documents WHERE deleted_at IS NULL
    UNION ALL SELECT org_id, collection_id, 0, 0, 1 FROM sources WHERE removed_at IS NULL)
INSERT INTO quota_usage (org_id, collection_id, documents, bytes, sources)
  SELECT org_id, coalesce(collection_id, '${WHOLE_ORGANISATION}'), sum(documents), sum(bytes), sum(sources) FROM held GROUP BY GROUPING SETS ((org_id, collection_id), (org_id))`;

const AUDIT_TABLE = `
CREATE TABLE audit_log (
  org_id uuid NOT NULL, id uuid NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp(), actor text NOT NULL, action text NOT NULL, thing text,
  correlation_id text NOT NULL, details jsonb NOT NULL DEFAULT '{}', seq bigint, hash bytea,
  CONSTRAINT audit_log_pkey PRIMARY KEY (org_id, id));
CREATE UNIQUE INDEX audit_log_chain_idx ON audit_log (org_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_log_unlinked_idx ON audit_log (org_id, at, id) WHERE seq IS NULL;
`;

// The time is written out in UTC, so that the hash is the same whatever the session's zone is.
const AUDIT_FUNCTIONS = `
CREATE FUNCTION audit_hash(before bytea, seq bigint, entry audit_log) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(coalesce(before, '') || convert_to(jsonb_build_array(seq, entry.org_id, entry.id, to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
    entry.actor, entry.action, entry.thing, entry.correlation_id, entry.details)::text, 'UTF8'));
$$;

CREATE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.seq IS NOT NULL OR to_jsonb(NEW) - '{seq,hash}'::text[] <> to_jsonb(OLD) - '{seq,hash}'::text[] THEN
    RAISE EXCEPTION 'entries of the audit log are not changed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_log_stays BEFORE UPDATE ON audit_log FOR EACH ROW EXECUTE FUNCTION keep_audit();

CREATE FUNCTION link_audit(most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  entry audit_log;
  org uuid;
  number bigint;
  before bytea;
  linked integer := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('link_audit', 0)) THEN RETURN 0; END IF;
  FOR entry IN SELECT * FROM audit_log WHERE seq IS NULL ORDER BY org_id, at, id LIMIT most LOOP
    IF org IS DISTINCT FROM entry.org_id THEN
      org := entry.org_id;
      SELECT a.seq, a.hash INTO number, before FROM audit_log a WHERE a.org_id = org AND a.seq IS NOT NULL ORDER BY a.seq DESC LIMIT 1;
    END IF;
    number := coalesce(number, 0) + 1;
    before := audit_hash(before, number, entry);
    UPDATE audit_log SET seq = number, hash = before WHERE org_id = org AND id = entry.id;
    linked := linked + 1;
  END LOOP;
  RETURN linked;
END $$;
`;

/**
 * What an organisation and its collections may hold where that is not the configured default, and what they do hold. The row of no
 * collection is the organisation's. And what was done by whom: services add entries and cannot change them; the dispatcher links each to the one before it.
 */
export class QuotasAndAudit1700000000015 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    // Nobody may write between the count and the first writer that counts for itself.
    await runner.query('LOCK TABLE documents, sources IN SHARE MODE');
    await runner.query(QUOTA_TABLES);
    await runner.query(AUDIT_TABLE);
    await runner.query(AUDIT_FUNCTIONS);
    await runner.query(COUNT_WHAT_IS_THERE);
    for (const table of ['quotas', 'quota_usage', 'audit_log']) {
      await runner.query(
        `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY; CREATE POLICY tenant ON ${table} USING (org_id = ${TENANT}) WITH CHECK (org_id = ${TENANT})`,
      );
    }
    await runner.query('GRANT SELECT, INSERT, UPDATE ON quota_usage TO cairn_app, cairn_worker');
    await runner.query('GRANT SELECT, INSERT, UPDATE ON quotas TO cairn_app');
    await runner.query('GRANT SELECT, DELETE ON quotas TO cairn_worker');
    await runner.query('CREATE POLICY protocol ON audit_log TO cairn_dispatch USING (true) WITH CHECK (true)');
    await runner.query('GRANT SELECT, INSERT ON audit_log TO cairn_app');
    await runner.query('GRANT SELECT, UPDATE (seq, hash) ON audit_log TO cairn_dispatch');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION link_audit(integer)');
    await runner.query('DROP TRIGGER audit_log_stays ON audit_log');
    await runner.query('DROP FUNCTION audit_hash(bytea, bigint, audit_log), keep_audit()');
    await runner.query('DROP TABLE audit_log, quota_usage, quotas');
  }
}
