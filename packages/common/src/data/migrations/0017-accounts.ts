import type { MigrationInterface, QueryRunner } from 'typeorm';

const TENANT = `nullif(current_setting('app.org_id', true), '')::uuid`;
const LOGIN = `nullif(current_setting('app.login', true), '')`;
const TABLES = ['accounts', 'invitations', 'sessions', 'refresh_tokens'];

const CHANGES = `
ALTER TABLE users ADD COLUMN role text CONSTRAINT users_role_check CHECK (role IN ('viewer','member','admin','owner')), ADD COLUMN removed_at timestamptz;

CREATE TABLE accounts (
  org_id uuid NOT NULL, user_id bigint NOT NULL, email text NOT NULL, username text, full_name text, password_hash text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT accounts_pkey PRIMARY KEY (org_id, user_id));
CREATE INDEX accounts_email_idx ON accounts (email);
CREATE INDEX accounts_username_idx ON accounts (username) WHERE username IS NOT NULL;

CREATE TABLE invitations (
  org_id uuid NOT NULL, id uuid NOT NULL, user_id bigint NOT NULL, secret_hash bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), expires_at timestamptz NOT NULL,
  CONSTRAINT invitations_pkey PRIMARY KEY (org_id, id));
CREATE INDEX invitations_user_idx ON invitations (org_id, user_id);

CREATE TABLE sessions (
  org_id uuid NOT NULL, id uuid NOT NULL, user_id bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), expires_at timestamptz NOT NULL, ended_at timestamptz,
  CONSTRAINT sessions_pkey PRIMARY KEY (org_id, id));
CREATE INDEX sessions_user_idx ON sessions (org_id, user_id);

CREATE TABLE refresh_tokens (
  org_id uuid NOT NULL, id uuid NOT NULL, session_id uuid NOT NULL, secret_hash bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), used_at timestamptz,
  CONSTRAINT refresh_tokens_pkey PRIMARY KEY (org_id, id));
CREATE INDEX refresh_tokens_session_idx ON refresh_tokens (org_id, session_id);
`;

/**
 * Users have a role in their organisation, may be removed from it, and may have an account here: a password, sessions, and the refresh tokens of those.
 * Who logs in has no organisation yet: besides its own organisation's, a transaction sees the account whose name it has set in `app.login`, and no other.
 */
export class Accounts1700000000017 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(CHANGES);
    for (const table of TABLES) {
      await runner.query(
        `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY; CREATE POLICY tenant ON ${table} USING (org_id = ${TENANT}) WITH CHECK (org_id = ${TENANT})`,
      );
    }
    await runner.query(`CREATE POLICY login ON accounts FOR SELECT TO cairn_app USING (email = ${LOGIN} OR username = ${LOGIN})`);
    await runner.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${TABLES.join(', ')} TO cairn_app`);
    await runner.query('GRANT UPDATE (role, removed_at) ON users TO cairn_app');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(`DROP TABLE ${TABLES.join(', ')}`);
    await runner.query('REVOKE UPDATE (role, removed_at) ON users FROM cairn_app');
    await runner.query('ALTER TABLE users DROP COLUMN role, DROP COLUMN removed_at');
  }
}
