import type { MigrationInterface, QueryRunner } from 'typeorm';

// A key that was made with a key is its first maker's, however many are between them.
const FIRST_MAKERS = `
WITH RECURSIVE made AS (
    SELECT org_id, id, created_by AS maker FROM api_keys WHERE created_by ~ '^user:\\d+$'
    UNION ALL SELECT k.org_id, k.id, m.maker FROM made m JOIN api_keys k ON k.org_id = m.org_id AND k.created_by = 'key:' || m.id)
  UPDATE api_keys k SET created_by = m.maker FROM made m WHERE k.org_id = m.org_id AND k.id = m.id AND k.created_by <> m.maker`;

const KEYS_OF_THE_REMOVED = `
UPDATE api_keys k SET revoked_at = clock_timestamp() FROM users u
  WHERE k.org_id = u.org_id AND k.created_by = 'user:' || u.id AND k.revoked_at IS NULL AND u.removed_at IS NOT NULL`;

// Enough to see that they are over, and to take them away: no secret, and nothing that would let a session go on.
const TIDY_SESSIONS = `
CREATE POLICY protocol ON sessions TO cairn_dispatch USING (true) WITH CHECK (true);
CREATE POLICY protocol ON refresh_tokens TO cairn_dispatch USING (true) WITH CHECK (true);
GRANT SELECT (org_id, id, expires_at, ended_at), DELETE ON sessions TO cairn_dispatch;
GRANT SELECT (org_id, session_id), DELETE ON refresh_tokens TO cairn_dispatch`;

/** A key knows the user it goes back to, and what he was in the organisation when he made it: it never may more. And the dispatcher takes away sessions that are over. */
export class KeysAndSessions1700000000021 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(
      `ALTER TABLE api_keys ADD COLUMN maker_role text CONSTRAINT api_keys_maker_role_check CHECK (maker_role IN ('viewer','member','admin','owner'))`,
    );
    await runner.query(FIRST_MAKERS);
    await runner.query(KEYS_OF_THE_REMOVED);
    await runner.query(TIDY_SESSIONS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('ALTER TABLE api_keys DROP COLUMN maker_role');
    for (const table of ['sessions', 'refresh_tokens']) {
      await runner.query(`DROP POLICY protocol ON ${table}; REVOKE ALL ON ${table} FROM cairn_dispatch`);
    }
  }
}
