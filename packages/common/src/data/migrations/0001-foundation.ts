import type { MigrationInterface, QueryRunner } from 'typeorm';

const TENANT = `nullif(current_setting('app.org_id', true), '')::uuid`;

/** Tables that belong to a tenant, and who besides the tenant's own scope may see all of their rows. */
const POLICIES: Record<string, string[]> = {
  users: [],
  api_keys: [],
  idempotency_keys: ['cairn_dispatch'],
  jobs: ['cairn_worker', 'cairn_dispatch'],
  job_events: ['cairn_worker', 'cairn_dispatch'],
  job_attempts: ['cairn_worker', 'cairn_dispatch'],
  job_inputs: ['cairn_dispatch'],
  outbox: ['cairn_worker', 'cairn_dispatch'],
  vectors: ['cairn_dispatch'],
  garbage_points: ['cairn_dispatch'],
};

const GRANTS: [role: string, rights: string, tables: string][] = [
  ['cairn_app', 'SELECT, INSERT', 'organisations, users'],
  ['cairn_app', 'SELECT, INSERT, UPDATE', 'api_keys, jobs, vectors'],
  ['cairn_app', 'SELECT, INSERT', 'job_events'],
  ['cairn_app', 'SELECT, UPDATE', 'job_attempts'],
  ['cairn_app', 'SELECT, INSERT, UPDATE, DELETE', 'job_inputs, outbox, idempotency_keys'],
  ['cairn_app', 'INSERT', 'garbage_points'],
  ['cairn_app', 'SELECT', 'spaces, system_facts'],
  ['cairn_worker', 'SELECT, UPDATE', 'jobs, vectors'],
  ['cairn_worker', 'SELECT, INSERT', 'job_events'],
  ['cairn_worker', 'SELECT, INSERT, UPDATE', 'job_attempts, spaces'],
  ['cairn_worker', 'SELECT, DELETE', 'job_inputs'],
  ['cairn_worker', 'SELECT, INSERT, UPDATE, DELETE', 'outbox'],
  ['cairn_worker', 'INSERT', 'garbage_points'],
  ['cairn_worker', 'SELECT', 'system_facts'],
  ['cairn_dispatch', 'SELECT, UPDATE', 'jobs, vectors'],
  ['cairn_dispatch', 'SELECT, INSERT, DELETE', 'job_events'],
  ['cairn_dispatch', 'SELECT, UPDATE', 'job_attempts'],
  ['cairn_dispatch', 'SELECT, INSERT, UPDATE, DELETE', 'outbox, system_facts'],
  ['cairn_dispatch', 'SELECT, DELETE', 'job_inputs, idempotency_keys'],
  ['cairn_dispatch', 'SELECT, INSERT, DELETE', 'garbage_points'],
  ['cairn_dispatch', 'SELECT, INSERT, UPDATE', 'spaces'],
];

const TABLES = `
CREATE TABLE organisations (
  id uuid CONSTRAINT organisations_pkey PRIMARY KEY,
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now());

CREATE TABLE users (
  org_id uuid NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, subject text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT users_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT users_subject_key UNIQUE (org_id, subject));

CREATE TABLE api_keys (
  org_id uuid NOT NULL, id uuid NOT NULL, name text NOT NULL, secret_hash bytea NOT NULL,
  scopes text[] NOT NULL CHECK (scopes <@ ARRAY['read','write','admin'] AND cardinality(scopes) > 0),
  collections text[], created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz,
  CONSTRAINT api_keys_pkey PRIMARY KEY (org_id, id));

CREATE TABLE jobs (
  org_id uuid NOT NULL, id uuid NOT NULL, type text NOT NULL,
  lane text NOT NULL CHECK (lane IN ('interactive','bulk')),
  job_key text NOT NULL, dedupe_live boolean NOT NULL DEFAULT false, payload jsonb NOT NULL,
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued','running','succeeded','failed','cancelled','quarantined')),
  stage text NOT NULL DEFAULT 'queued',
  progress integer NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
  result jsonb, error text, error_code text,
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0), max_attempts integer NOT NULL,
  fence bigint NOT NULL DEFAULT 0, lease_token uuid, lease_until timestamptz, worker text,
  next_attempt_at timestamptz NOT NULL DEFAULT now(), deadline_at timestamptz NOT NULL,
  event_seq integer NOT NULL DEFAULT 1, event_xid bigint NOT NULL,
  created_by text NOT NULL, correlation_id text, traceparent text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), updated_at timestamptz NOT NULL DEFAULT clock_timestamp(), finished_at timestamptz,
  CONSTRAINT jobs_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT jobs_lease_check CHECK ((state = 'running') = (lease_token IS NOT NULL AND lease_until IS NOT NULL)));
CREATE UNIQUE INDEX jobs_live_key_idx ON jobs (org_id, job_key) WHERE dedupe_live AND state IN ('queued','running');
CREATE INDEX jobs_unfinished_idx ON jobs (lease_until) WHERE state IN ('queued','running');
CREATE INDEX jobs_list_idx ON jobs (org_id, created_at, id);

CREATE TABLE job_events (
  org_id uuid NOT NULL, job_id uuid NOT NULL, seq integer NOT NULL,
  feed_xid bigint NOT NULL, feed_id bigint GENERATED ALWAYS AS IDENTITY,
  state text NOT NULL, stage text NOT NULL, progress integer NOT NULL, message text,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT job_events_pkey PRIMARY KEY (org_id, job_id, seq));
CREATE INDEX job_events_feed_idx ON job_events (org_id, feed_xid, feed_id);

CREATE TABLE job_attempts (
  org_id uuid NOT NULL, job_id uuid NOT NULL, fence bigint NOT NULL, lease_token uuid NOT NULL, worker text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(), ended_at timestamptz, outcome text, error text,
  CONSTRAINT job_attempts_pkey PRIMARY KEY (org_id, job_id, fence));

CREATE TABLE job_inputs (
  org_id uuid NOT NULL, job_id uuid NOT NULL, point_id uuid NOT NULL, ordinal integer NOT NULL, gen bigint NOT NULL, text text NOT NULL,
  CONSTRAINT job_inputs_pkey PRIMARY KEY (org_id, job_id, point_id));
CREATE INDEX job_inputs_point_idx ON job_inputs (org_id, point_id);

CREATE TABLE outbox (
  org_id uuid NOT NULL, id uuid NOT NULL, job_id uuid NOT NULL, job_type text NOT NULL, lane text NOT NULL,
  traceparent text, correlation_id text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  published_at timestamptz, rings integer NOT NULL DEFAULT 0, refusals integer NOT NULL DEFAULT 0, parked_at timestamptz, last_error text,
  CONSTRAINT outbox_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT outbox_job_key UNIQUE (org_id, job_id));
CREATE INDEX outbox_due_idx ON outbox (lane, org_id, due_at) WHERE published_at IS NULL AND parked_at IS NULL;
CREATE INDEX outbox_unanswered_idx ON outbox (lane, org_id, published_at) WHERE published_at IS NOT NULL;
CREATE INDEX outbox_parked_idx ON outbox (org_id, parked_at) WHERE parked_at IS NOT NULL;

CREATE TABLE vectors (
  org_id uuid NOT NULL, point_id uuid NOT NULL, asset_id text NOT NULL, segment_id text NOT NULL, model text NOT NULL, model_ver text NOT NULL,
  space text NOT NULL, gen bigint NOT NULL, owner_job_id uuid, owner_key text,
  live_gen bigint NOT NULL DEFAULT 0, live_token uuid, live_accepted_at timestamptz, vector bytea,
  deleted_at timestamptz, created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT vectors_pkey PRIMARY KEY (org_id, point_id),
  CONSTRAINT vectors_live_check CHECK (live_token IS NULL OR (vector IS NOT NULL AND live_accepted_at IS NOT NULL AND deleted_at IS NULL)));
CREATE INDEX vectors_asset_idx ON vectors (org_id, asset_id, segment_id, space);
ALTER TABLE vectors ALTER COLUMN vector SET STORAGE EXTERNAL;

CREATE TABLE garbage_points (
  org_id uuid NOT NULL, space text NOT NULL, stored_id uuid NOT NULL, due_at timestamptz NOT NULL,
  CONSTRAINT garbage_points_pkey PRIMARY KEY (org_id, space, stored_id));
CREATE INDEX garbage_points_due_idx ON garbage_points (due_at);

CREATE TABLE idempotency_keys (
  org_id uuid NOT NULL, route text NOT NULL, key text NOT NULL, request_hash bytea NOT NULL, status integer NOT NULL, body jsonb, expires_at timestamptz NOT NULL,
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (org_id, route, key));
CREATE INDEX idempotency_keys_expiry_idx ON idempotency_keys (expires_at);

CREATE TABLE spaces (name text CONSTRAINT spaces_pkey PRIMARY KEY, dimension integer NOT NULL, marker bigint NOT NULL DEFAULT 0, claimed_until timestamptz NOT NULL DEFAULT '-infinity', restoring boolean NOT NULL DEFAULT false);
CREATE TABLE system_facts (name text CONSTRAINT system_facts_pkey PRIMARY KEY, value text NOT NULL);
`;

// The last wall behind the statements: a wrong transition is refused whoever asks for it.
const TRANSITIONS = `
CREATE FUNCTION check_job_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.state, NEW.state) IN (
    ('queued','running'), ('queued','cancelled'), ('queued','failed'),
    ('running','queued'), ('running','succeeded'), ('running','failed'), ('running','cancelled'), ('running','quarantined'),
    ('failed','queued'), ('cancelled','queued'), ('quarantined','queued')) THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'job % cannot go from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER jobs_transition BEFORE UPDATE OF state ON jobs FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION check_job_transition();
`;

const DROP_ORDER =
  'system_facts, spaces, idempotency_keys, garbage_points, vectors, outbox, job_inputs, job_attempts, job_events, jobs, api_keys, users, organisations';

export class Foundation1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // A migration that waits for a lock makes everybody behind it wait too: better to fail and be tried again.
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(TABLES);
    await runner.query(TRANSITIONS);
    // Enabled, not forced: the owner's backfills must see every row, and no service connects as the owner.
    await runner.query(
      `ALTER TABLE organisations ENABLE ROW LEVEL SECURITY; CREATE POLICY tenant ON organisations USING (id = ${TENANT}) WITH CHECK (id = ${TENANT})`,
    );
    for (const [table, others] of Object.entries(POLICIES)) {
      await runner.query(
        `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY; CREATE POLICY tenant ON ${table} USING (org_id = ${TENANT}) WITH CHECK (org_id = ${TENANT})`,
      );
      if (others.length > 0) await runner.query(`CREATE POLICY protocol ON ${table} TO ${others.join(', ')} USING (true) WITH CHECK (true)`);
    }
    await runner.query('GRANT USAGE ON SCHEMA public TO cairn_app, cairn_worker, cairn_dispatch');
    for (const [role, rights, tables] of GRANTS) await runner.query(`GRANT ${rights} ON ${tables} TO ${role}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${DROP_ORDER}; DROP FUNCTION check_job_transition()`);
  }
}
