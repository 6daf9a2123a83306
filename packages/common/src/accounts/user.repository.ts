import { noUser } from '../collections/share.repository.js';
import type { Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import type { OrgRole } from '../shell/endpoints/permission.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

/** A user as the admins of his organisation see him. */
export interface UserView {
  id: number;
  /** As tokens name him. */
  subject: string;
  role: OrgRole | null;
  email: string | null;
  username: string | null;
  fullName: string | null;
  isInvited: boolean;
  createdAt: Date;
}

const VIEW = `SELECT u.id::int AS id, u.subject, u.role, a.email, a.username, a.full_name AS "fullName", u.created_at AS "createdAt",
    a.user_id IS NULL AND EXISTS (SELECT FROM invitations i WHERE i.org_id = u.org_id AND i.user_id = u.id AND i.expires_at > clock_timestamp()) AS "isInvited"
  FROM users u LEFT JOIN accounts a ON a.org_id = u.org_id AND a.user_id = u.id WHERE u.org_id = $1 AND u.removed_at IS NULL`;
const LIST: Statement = { name: 'list_users', text: `${VIEW} AND u.id > $2 ORDER BY u.id LIMIT $3` };
const READ: Statement = { name: 'read_user', text: `${VIEW} AND u.id = $2` };
// Who was removed has his number again, and with it what he owned.
const ADD: Statement = {
  name: 'add_user',
  text: `INSERT INTO users (org_id, subject, role) VALUES ($1, $2, $3) ON CONFLICT (org_id, subject)
    DO UPDATE SET role = excluded.role, removed_at = NULL WHERE users.removed_at IS NOT NULL RETURNING id`,
};
// Those who can come in: whoever was invited as an owner and has not come yet keeps nobody from being locked out.
const LOCK_OWNERS: Statement = {
  name: 'lock_owners',
  text: `SELECT u.id FROM users u WHERE u.org_id = $1 AND u.role = 'owner' AND u.removed_at IS NULL
      AND (EXISTS (SELECT FROM accounts a WHERE a.org_id = u.org_id AND a.user_id = u.id) OR NOT EXISTS (SELECT FROM invitations i WHERE i.org_id = u.org_id AND i.user_id = u.id))
    ORDER BY u.id FOR UPDATE OF u`,
};
const LOCK_USER: Statement = { name: 'lock_user', text: 'SELECT role FROM users WHERE org_id = $1 AND id = $2 AND removed_at IS NULL FOR UPDATE' };
const HOLD_USER: Statement = { name: 'hold_user', text: 'SELECT FROM users WHERE org_id = $1 AND id = $2 AND removed_at IS NULL FOR SHARE' };
const SET_ROLE: Statement = { name: 'set_user_role', text: 'UPDATE users SET role = $3 WHERE org_id = $1 AND id = $2' };
const SHUT_OUT: Statement = {
  name: 'shut_user_out',
  text: `WITH account AS (DELETE FROM accounts WHERE org_id = $1 AND user_id = $2), invitation AS (DELETE FROM invitations WHERE org_id = $1 AND user_id = $2),
      session AS (UPDATE sessions SET ended_at = clock_timestamp() WHERE org_id = $1 AND user_id = $2 AND ended_at IS NULL)
    UPDATE api_keys SET revoked_at = clock_timestamp() WHERE org_id = $1 AND created_by = 'user:' || $2::bigint AND revoked_at IS NULL`,
};
const REMOVE: Statement = { name: 'remove_user', text: 'UPDATE users SET removed_at = clock_timestamp() WHERE org_id = $1 AND id = $2' };

/** Who changes users, and what he is himself; null where nobody said, which takes nothing away. */
export interface UserKeeper {
  scope: TenantScope;
  role: OrgRole | null;
}

/** A page of the users of the organisation, by their numbers. */
export function listUsers(sql: Sql, scope: TenantScope, { after, limit }: { after: string; limit: number }): Promise<UserView[]> {
  return sql.rows<UserView>(LIST, [scope.orgId, after, limit]);
}

export async function readUser(sql: Sql, scope: TenantScope, userId: string): Promise<UserView> {
  const [user] = await sql.rows<UserView>(READ, [scope.orgId, userId]);
  if (!user) throw noUser();
  return user;
}

/** Adds a user by the subject of his tokens, which is the e-mail address of an account; answers his number. Nothing of one who was removed before lets him in. */
export async function addUser(sql: Sql, { scope, role: own }: UserKeeper, subject: string, role: OrgRole): Promise<string> {
  if (role === 'owner') assertMayMakeOwners(own);
  const [added] = await sql.rows<{ id: string }>(ADD, [scope.orgId, subject, role]);
  if (!added) throw new CairnError('conflict', 'There is such a user in the organisation already. Change his role, or remove him first to invite him anew.');
  await sql.rows(SHUT_OUT, [scope.orgId, added.id]);
  return added.id;
}

export async function changeRole(sql: Sql, keeper: UserKeeper, userId: string, role: OrgRole): Promise<void> {
  await lockToChange(sql, keeper, userId, role);
  await sql.rows(SET_ROLE, [keeper.scope.orgId, userId, role]);
}

/** From this commit on nothing that was his lets anybody in: password, sessions, invitations, keys. What he owned stays. */
export async function removeUser(sql: Sql, keeper: UserKeeper, userId: string): Promise<void> {
  await lockToChange(sql, keeper, userId, undefined);
  await sql.rows(SHUT_OUT, [keeper.scope.orgId, userId]);
  await sql.rows(REMOVE, [keeper.scope.orgId, userId]);
}

/** Whether the user is there. If so, nobody removes him, or changes his role, before the end of the transaction. */
export async function holdUser(sql: Sql, { orgId }: TenantScope, userId: string): Promise<boolean> {
  return (await sql.rows(HOLD_USER, [orgId, userId])).length > 0;
}

/** The user, if he is there: then nobody else does anything with him before the end of the transaction. */
export async function lockUser(sql: Sql, { orgId }: TenantScope, userId: string): Promise<{ role: OrgRole | null } | undefined> {
  const [user] = await sql.rows<{ role: OrgRole | null }>(LOCK_USER, [orgId, userId]);
  return user;
}

// The owners first, always: of two that go at once one waits here, and then sees that he would be the last.
async function lockToChange(sql: Sql, { scope, role: own }: UserKeeper, userId: string, wanted: OrgRole | undefined): Promise<void> {
  const owners = await sql.rows<{ id: string }>(LOCK_OWNERS, [scope.orgId]);
  const user = await lockUser(sql, scope, userId);
  if (!user) throw noUser();
  if (user.role === 'owner' || wanted === 'owner') assertMayMakeOwners(own);
  if (wanted !== 'owner' && owners.length === 1 && owners[0]?.id === userId)
    throw new CairnError('conflict', 'He is the last owner of the organisation. Make somebody else an owner first.');
}

function assertMayMakeOwners(own: OrgRole | null): void {
  if (own === null || own === 'owner') return;
  throw new CairnError('forbidden', `This needs the role "owner" in the organisation, and yours is "${own}". Only owners make and unmake owners.`);
}
