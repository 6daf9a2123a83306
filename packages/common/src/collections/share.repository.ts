import type { Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import { type Access, assertRole, type CollectionRole, roleSql, roleValues } from './access.js';
import { lockCollection, noCollection, readCollection } from './collection.repository.js';
import type { ShareRole } from './collection-words.js';

/** What a user of the organisation may do with a collection of somebody else. */
export interface ShareView {
  userId: number;
  /** As the tokens of the user name him. */
  user: string;
  role: ShareRole;
  createdAt: Date;
}

/** A user by his number, or by the subject of his tokens. */
export type ShareTarget = { userId: string } | { subject: string };

const LIST: Statement = {
  name: 'list_shares',
  text: `SELECT s.user_id::int AS "userId", u.subject AS user, s.role, s.created_at AS "createdAt" FROM collection_shares s
    JOIN users u ON u.org_id = s.org_id AND u.id = s.user_id WHERE s.org_id = $1 AND s.collection_id = $2 AND ($3::bigint IS NULL OR s.user_id = $3) ORDER BY s.created_at, s.user_id`,
};

const PUT: Statement = {
  name: 'put_share',
  text: `INSERT INTO collection_shares (org_id, collection_id, user_id, role) VALUES ($1, $2, $3, $4)
    ON CONFLICT (org_id, collection_id, user_id) DO UPDATE SET role = excluded.role`,
};

const TAKE_BACK: Statement = {
  name: 'take_back_share',
  text: 'DELETE FROM collection_shares WHERE org_id = $1 AND collection_id = $2 AND user_id = $3 RETURNING user_id',
};

const FIND_USER: Statement = {
  name: 'find_user_to_share_with',
  text: 'SELECT id FROM users WHERE org_id = $1 AND ($2::bigint IS NULL OR id = $2) AND ($3::text IS NULL OR subject = $3)',
};

// Whoever leaves needs no role that lets him share; one is enough by which he sees the collection.
const LOCK_TO_LEAVE: Statement = {
  name: 'lock_shared_collection',
  text: `SELECT ${roleSql('c', 3)} AS role FROM collections c WHERE c.org_id = $1 AND c.id = $2 AND c.deleted_at IS NULL FOR UPDATE OF c`,
};

/** With whom the collection is shared; for those who may share it. */
export async function listShares(sql: Sql, access: Access, collectionId: string): Promise<ShareView[]> {
  await readCollection(sql, access, collectionId, 'admin');
  return sql.rows<ShareView>(LIST, [access.scope.orgId, collectionId, null]);
}

/** Gives a user of the organisation a role in the collection, in place of the one that he had by a share. */
export async function putShare(sql: Sql, access: Access, collectionId: string, target: ShareTarget, role: ShareRole): Promise<ShareView> {
  await lockCollection(sql, access, collectionId, 'admin');
  const userId = await userOf(sql, access, target);
  const { ownerId } = await readCollection(sql, access, collectionId);
  if (String(ownerId) === userId) throw new CairnError('conflict', 'The collection is owned by this user, who may do everything with it already.');
  await sql.rows(PUT, [access.scope.orgId, collectionId, userId, role]);
  const [share] = await sql.rows<ShareView>(LIST, [access.scope.orgId, collectionId, userId]);
  return share as ShareView;
}

/** Takes a share back: by those who may share, or by the user himself, who leaves. */
export async function removeShare(sql: Sql, access: Access, collectionId: string, userId: string): Promise<void> {
  const [held] = await sql.rows<{ role: CollectionRole | null }>(LOCK_TO_LEAVE, [access.scope.orgId, collectionId, ...roleValues(access)]);
  if (!held?.role) throw noCollection();
  if (access.userId !== userId) assertRole(held.role, 'admin');
  if ((await sql.rows(TAKE_BACK, [access.scope.orgId, collectionId, userId])).length === 0) throw noShare();
}

async function userOf(sql: Sql, { scope }: Access, target: ShareTarget): Promise<string> {
  const [userId, subject] = 'userId' in target ? [target.userId, null] : [null, target.subject];
  const [user] = await sql.rows<{ id: string }>(FIND_USER, [scope.orgId, userId, subject]);
  if (!user) throw noUser();
  return user.id;
}

/** The answer for a user of nobody, or of another organisation: always the same. */
export function noUser(): CairnError {
  return new CairnError('not_found', 'There is no such user in the organisation. Users are known here from their first request on.');
}

export function noShare(): CairnError {
  return new CairnError('not_found', 'The collection is not shared with this user.');
}
