import type { Sql } from '../data/database.js';
import { ApiKey } from '../data/entities/api-key.entity.js';
import { CairnError } from '../errors/catalogue.js';
import type { OrgRole, Scope } from '../shell/endpoints/permission.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import { type MintedApiKey, mintApiKey } from './api-key.js';

export interface NewApiKey {
  name: string;
  scopes: Scope[];
  collections?: string[] | undefined;
  expiresAt?: Date | undefined;
}

/** Who makes a key. Where a key of a user makes another, it is the user; null is the organisation itself. */
export interface KeyMaker {
  scope: TenantScope;
  userId: string | null;
  /** What he is in the organisation now; null where nobody said. */
  role: OrgRole | null;
}

/** Makes a key that never may more than its maker may now, nor than he still may; its text is in the answer and nowhere else. */
export async function createApiKey(sql: Sql, { scope, userId, role }: KeyMaker, wanted: NewApiKey): Promise<MintedApiKey> {
  const minted = mintApiKey(scope.orgId);
  await sql.manager.getRepository(ApiKey).insert({
    orgId: scope.orgId,
    id: minted.id,
    name: wanted.name,
    secretHash: minted.secretHash,
    scopes: [...new Set(wanted.scopes)],
    collections: wanted.collections ?? null,
    createdBy: userId === null ? scope.actor : `user:${userId}`,
    makerRole: role,
    expiresAt: wanted.expiresAt ?? null,
  });
  return minted;
}

/** The organisation's keys, newest first, without their secrets. */
export function listApiKeys(sql: Sql, scope: TenantScope): Promise<ApiKey[]> {
  return sql.manager.getRepository(ApiKey).find({ where: { orgId: scope.orgId }, order: { createdAt: 'DESC' } });
}

/** From this commit on the key is refused everywhere. */
export async function revokeApiKey(sql: Sql, scope: TenantScope, id: string): Promise<void> {
  const done = await sql.rows('UPDATE api_keys SET revoked_at = coalesce(revoked_at, now()) WHERE org_id = $1 AND id = $2 RETURNING id', [scope.orgId, id]);
  if (done.length === 0) throw new CairnError('not_found', `There is no API key ${id}.`);
}
