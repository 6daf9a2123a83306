import type { Database, Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import type { OrgId } from '../ids.js';
import type { OrgRole } from '../shell/endpoints/permission.js';
import { scopeOfAccount, type TenantScope } from '../tenancy/tenant-scope.js';
import { endOtherSessions } from './session.repository.js';
import { holdUser, lockUser } from './user.repository.js';

export interface NewAccount {
  userId: string;
  /** Both as `accountName` makes them. */
  email: string;
  username: string | null;
  fullName: string | null;
  passwordHash: string;
}

/** An account that somebody named and has not proved to be his. */
export interface FoundAccount {
  orgId: OrgId;
  userId: string;
  email: string;
  passwordHash: string;
}

/** A user as he sees himself. */
export interface OwnAccount {
  userId: number;
  subject: string;
  role: OrgRole | null;
  organisation: string;
  email: string | null;
  username: string | null;
  fullName: string | null;
  createdAt: Date;
}

const NAME: Statement = { name: 'name_login', text: `SELECT set_config('app.login', $1, true)` };
const FIND: Statement = {
  name: 'find_account',
  text: 'SELECT org_id AS "orgId", user_id AS "userId", email, password_hash AS "passwordHash" FROM accounts WHERE email = $1 OR username = $1',
};
const LOCK_NAME: Statement = { name: 'lock_login', text: `SELECT pg_advisory_xact_lock(hashtextextended('login ' || $1::text, 0))` };
const ADD: Statement = {
  name: 'add_account',
  text: 'INSERT INTO accounts (org_id, user_id, email, username, full_name, password_hash) VALUES ($1, $2, $3, $4, $5, $6)',
};
const KEEP_HASH: Statement = {
  name: 'keep_password_hash',
  text: 'UPDATE accounts SET password_hash = $4 WHERE org_id = $1 AND user_id = $2 AND password_hash = $3 RETURNING user_id',
};
const HAS_HASH: Statement = { name: 'has_password_hash', text: 'SELECT FROM accounts WHERE org_id = $1 AND user_id = $2 AND password_hash = $3' };
const FIND_OWN: Statement = {
  name: 'find_own_account',
  text: 'SELECT org_id AS "orgId", user_id AS "userId", email, password_hash AS "passwordHash" FROM accounts WHERE org_id = $1 AND user_id = $2',
};
const ADD_ORGANISATION: Statement = { name: 'add_organisation', text: 'INSERT INTO organisations (id, name) VALUES ($1, $2)' };
const ADD_OWNER: Statement = { name: 'add_owner', text: `INSERT INTO users (org_id, subject, role) VALUES ($1, $2, 'owner') RETURNING id` };
const READ_OWN: Statement = {
  name: 'read_own_account',
  text: `SELECT u.id::int AS "userId", u.subject, u.role, o.name AS organisation, a.email, a.username, a.full_name AS "fullName", u.created_at AS "createdAt"
    FROM users u JOIN organisations o ON o.id = u.org_id LEFT JOIN accounts a ON a.org_id = u.org_id AND a.user_id = u.id WHERE u.org_id = $1 AND u.id = $2`,
};

/** The account of this name, of whichever organisation. Row security shows the transaction the account that it names, and nothing else. */
export function findAccount(database: Database, name: string): Promise<FoundAccount | undefined> {
  return database.system((sql) => accountNamed(sql, name));
}

/** The account of a user who has proved who he is. */
export async function findOwnAccount(sql: Sql, scope: TenantScope, userId: string): Promise<FoundAccount | undefined> {
  const [found] = await sql.rows<FoundAccount>(FIND_OWN, [scope.orgId, userId]);
  return found;
}

/** Makes an account; its names are nobody else's from this commit on. */
export async function addAccount(sql: Sql, scope: TenantScope, account: NewAccount): Promise<void> {
  const { userId, email, username, fullName, passwordHash } = account;
  // In one order, so that two who want each other's names do not wait for each other.
  for (const name of [...new Set([email, ...(username === null ? [] : [username])])].sort()) await assertFree(sql, name);
  await sql.rows(ADD, [scope.orgId, userId, email, username, fullName, passwordHash]);
}

/** Whether the account is still as it was found, of a user who is still there. If so, both hold until the end of the transaction. */
export async function holdAccount(sql: Sql, scope: TenantScope, { userId, passwordHash }: FoundAccount): Promise<boolean> {
  if (!(await holdUser(sql, scope, userId))) return false;
  // A statement of its own, which sees what was committed while the user was waited for.
  return (await sql.rows(HAS_HASH, [scope.orgId, userId, passwordHash])).length > 0;
}

/** Puts another hash in the place of the one that was found; false where it is not there any more. */
export async function keepPasswordHash(sql: Sql, { orgId, userId, passwordHash }: FoundAccount, hash: string): Promise<boolean> {
  return (await sql.rows(KEEP_HASH, [orgId, userId, passwordHash, hash])).length > 0;
}

/** Gives the account another password, and ends every session of the user but one. False, and nothing done, where it is not as it was found any more. */
export async function changePassword(
  sql: Sql,
  scope: TenantScope,
  found: FoundAccount,
  { hash, keptSession }: { hash: string; keptSession: string },
): Promise<boolean> {
  // For himself alone: a login with the old password has its session by now, or finds another password.
  if (!(await lockUser(sql, scope, found.userId))) return false;
  if (!(await keepPasswordHash(sql, found, hash))) return false;
  await endOtherSessions(sql, scope, { userId: found.userId, keptSession });
  return true;
}

/** A new organisation with its owner, in a transaction of the scope; answers the owner's. */
export async function addOrganisation(
  sql: Sql,
  { orgId }: TenantScope,
  { name, owner }: { name: string; owner: string },
): Promise<{ scope: TenantScope; userId: string }> {
  await sql.rows(ADD_ORGANISATION, [orgId, name]);
  const [user] = await sql.rows<{ id: string }>(ADD_OWNER, [orgId, owner]);
  const userId = (user as { id: string }).id;
  return { scope: scopeOfAccount({ orgId, userId }), userId };
}

export async function readOwnAccount(sql: Sql, scope: TenantScope, userId: string): Promise<OwnAccount | undefined> {
  const [own] = await sql.rows<OwnAccount>(READ_OWN, [scope.orgId, userId]);
  return own;
}

async function accountNamed(sql: Sql, name: string): Promise<FoundAccount | undefined> {
  await sql.rows(NAME, [name]);
  const [found] = await sql.rows<FoundAccount>(FIND, [name]);
  await sql.rows(NAME, ['']);
  return found;
}

// A key over all organisations would be one that tenants can collide in. Who holds the lock of a name sees every commit of it, and nobody else adds one.
async function assertFree(sql: Sql, name: string): Promise<void> {
  await sql.rows(LOCK_NAME, [name]);
  if (await accountNamed(sql, name))
    throw new CairnError('conflict', 'There is an account of this e-mail address or user name already. Log in with it, or take another.');
}
