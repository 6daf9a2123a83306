import { mintCredential, type ParsedCredential, secretMatches } from '../auth/credential-text.js';
import type { Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import { holdUser } from './user.repository.js';

export const INVITATION_PREFIX = 'cairni_';

/** An invitation as it is sent to whom it is for. */
export interface MintedInvitation {
  token: string;
  expiresAt: Date;
}

const ADD: Statement = {
  name: 'add_invitation',
  text: `INSERT INTO invitations (org_id, id, user_id, secret_hash, expires_at) VALUES ($1, $2, $3, $4, clock_timestamp() + make_interval(days => $5))
    RETURNING expires_at AS "expiresAt"`,
};
const FIND: Statement = { name: 'find_invited', text: 'SELECT user_id AS "userId" FROM invitations WHERE org_id = $1 AND id = $2' };
// Deleted when it is used: of two who come with it at once the second finds nothing.
const TAKE: Statement = {
  name: 'take_invitation',
  text: `DELETE FROM invitations i USING users u WHERE i.org_id = $1 AND i.id = $2 AND u.org_id = i.org_id AND u.id = i.user_id
    RETURNING i.user_id AS "userId", i.secret_hash AS "secretHash", u.subject, i.expires_at < clock_timestamp() AS "isOver"`,
};

interface TakenInvitation {
  userId: string;
  subject: string;
  secretHash: Buffer;
  isOver: boolean;
}

/** Invites a user of the organisation to make his account; the text is in the answer and nowhere else. */
export async function addInvitation(sql: Sql, { orgId }: TenantScope, userId: string, days: number): Promise<MintedInvitation> {
  const { id, text, secretHash } = mintCredential(INVITATION_PREFIX, orgId);
  const [added] = await sql.rows<{ expiresAt: Date }>(ADD, [orgId, id, userId, secretHash, days]);
  return { token: text, expiresAt: (added as { expiresAt: Date }).expiresAt };
}

/** Uses an invitation up; answers whom it was for. Throws, so that it is not used, when it is not good. */
export async function takeInvitation(sql: Sql, scope: TenantScope, { id, secret }: ParsedCredential): Promise<{ userId: string; subject: string }> {
  const [invited] = await sql.rows<{ userId: string }>(FIND, [scope.orgId, id]);
  // The user before the invitation, as who removes him does it: whoever is second finds nothing, and nothing is left of the first.
  if (!invited || !(await holdUser(sql, scope, invited.userId))) throw invitationRefused();
  const [taken] = await sql.rows<TakenInvitation>(TAKE, [scope.orgId, id]);
  if (!taken || !secretMatches(secret, taken.secretHash) || taken.isOver) throw invitationRefused();
  return { userId: taken.userId, subject: taken.subject };
}

export function invitationRefused(): CairnError {
  return new CairnError(
    'unauthenticated',
    'The invitation is not valid: it was used, withdrawn or is too old. Ask an admin of the organisation for a new one.',
  );
}
