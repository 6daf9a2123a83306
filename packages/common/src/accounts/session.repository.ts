import { mintCredential, type ParsedCredential, secretMatches } from '../auth/credential-text.js';
import type { Sql, Statement } from '../data/database.js';
import { newId } from '../ids.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

export const REFRESH_PREFIX = 'cairnr_';

/** A session as its owner holds it. */
export interface OpenSession {
  sessionId: string;
  userId: string;
  subject: string;
  refreshToken: string;
}

/** `reused`: it was used before, so two hold it, and one of them should not; the session is ended with it. */
export type Continued = { kind: 'continued'; session: OpenSession } | { kind: 'reused'; sessionId: string; userId: string } | { kind: 'refused' };

interface HeldToken {
  sessionId: string;
  userId: string;
  subject: string;
  secretHash: Buffer;
  isUsed: boolean;
  isOver: boolean;
}

const OPEN: Statement = {
  name: 'open_session',
  text: 'INSERT INTO sessions (org_id, id, user_id, expires_at) VALUES ($1, $2, $3, clock_timestamp() + make_interval(days => $4))',
};
const ADD_TOKEN: Statement = { name: 'add_refresh_token', text: 'INSERT INTO refresh_tokens (org_id, id, session_id, secret_hash) VALUES ($1, $2, $3, $4)' };
const FIND_SESSION: Statement = {
  name: 'find_session_of_token',
  text: 'SELECT session_id AS "sessionId" FROM refresh_tokens WHERE org_id = $1 AND id = $2',
};
// All that is done to a session or its tokens is done by who holds its row: a token that comes twice at once is used once, and what ends the session ends
// it for the token that is being made too.
const LOCK_SESSION: Statement = { name: 'lock_session', text: 'SELECT id FROM sessions WHERE org_id = $1 AND id = $2 FOR UPDATE' };
const READ_TOKEN: Statement = {
  name: 'read_refresh_token',
  text: `SELECT s.id AS "sessionId", s.user_id AS "userId", u.subject, t.secret_hash AS "secretHash", t.used_at IS NOT NULL AS "isUsed",
      (s.ended_at IS NOT NULL OR s.expires_at < clock_timestamp() OR u.removed_at IS NOT NULL) AS "isOver"
    FROM refresh_tokens t JOIN sessions s ON s.org_id = t.org_id AND s.id = t.session_id JOIN users u ON u.org_id = s.org_id AND u.id = s.user_id
    WHERE t.org_id = $1 AND t.id = $2`,
};
const USE: Statement = { name: 'use_refresh_token', text: 'UPDATE refresh_tokens SET used_at = clock_timestamp() WHERE org_id = $1 AND id = $2' };
const END: Statement = {
  name: 'end_session',
  text: 'UPDATE sessions SET ended_at = clock_timestamp() WHERE org_id = $1 AND id = $2 AND ended_at IS NULL RETURNING user_id AS "userId"',
};
const END_OTHERS: Statement = {
  name: 'end_other_sessions',
  text: 'UPDATE sessions SET ended_at = clock_timestamp() WHERE org_id = $1 AND user_id = $2 AND id <> $3 AND ended_at IS NULL',
};

/** Begins a session of a user who has proved who he is. */
export async function openSession(sql: Sql, scope: TenantScope, user: { userId: string; subject: string }, days: number): Promise<OpenSession> {
  const sessionId = newId();
  await sql.rows(OPEN, [scope.orgId, sessionId, user.userId, days]);
  return { ...user, sessionId, refreshToken: await addToken(sql, scope, sessionId) };
}

/** Gives the next refresh token for this one, which is good for nothing from then on. */
export async function continueSession(sql: Sql, scope: TenantScope, { id, secret }: ParsedCredential): Promise<Continued> {
  const held = await lockToken(sql, scope, id);
  if (!held || !secretMatches(secret, held.secretHash) || held.isOver) return { kind: 'refused' };
  const { sessionId, userId, subject } = held;
  if (held.isUsed) {
    await endSession(sql, scope, sessionId);
    return { kind: 'reused', sessionId, userId };
  }
  await sql.rows(USE, [scope.orgId, id]);
  return { kind: 'continued', session: { sessionId, userId, subject, refreshToken: await addToken(sql, scope, sessionId) } };
}

/** The session that a refresh token belongs to, whether or not it was used; undefined when it is not good or its session has ended. */
export async function sessionOfToken(sql: Sql, scope: TenantScope, { id, secret }: ParsedCredential): Promise<string | undefined> {
  const held = await lockToken(sql, scope, id);
  return held && secretMatches(secret, held.secretHash) && !held.isOver ? held.sessionId : undefined;
}

/** No token of the session is good from this commit on; answers whose it was, undefined when it had ended before. */
export async function endSession(sql: Sql, scope: TenantScope, sessionId: string): Promise<string | undefined> {
  const [ended] = await sql.rows<{ userId: string }>(END, [scope.orgId, sessionId]);
  return ended?.userId;
}

/** No token of the user's other sessions is good from this commit on. */
export async function endOtherSessions(sql: Sql, scope: TenantScope, { userId, keptSession }: { userId: string; keptSession: string }): Promise<void> {
  await sql.rows(END_OTHERS, [scope.orgId, userId, keptSession]);
}

async function lockToken(sql: Sql, { orgId }: TenantScope, id: string): Promise<HeldToken | undefined> {
  const [found] = await sql.rows<{ sessionId: string }>(FIND_SESSION, [orgId, id]);
  if (!found) return undefined;
  await sql.rows(LOCK_SESSION, [orgId, found.sessionId]);
  const [held] = await sql.rows<HeldToken>(READ_TOKEN, [orgId, id]);
  return held;
}

async function addToken(sql: Sql, { orgId }: TenantScope, sessionId: string): Promise<string> {
  const { id, text, secretHash } = mintCredential(REFRESH_PREFIX, orgId);
  await sql.rows(ADD_TOKEN, [orgId, id, sessionId, secretHash]);
  return text;
}
