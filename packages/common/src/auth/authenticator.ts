import type { Database, Sql, Statement } from '../data/database.js';
import { isLooseUuid } from '../ids.js';
import { type OrgRole, SCOPES, type Scope } from '../shell/endpoints/permission.js';
import { scopeOfPrincipal } from '../tenancy/tenant-scope.js';
import { looksLikeApiKey, parseApiKey } from './api-key.js';
import { secretMatches } from './credential-text.js';
import type { Principal } from './principal.js';
import { lesserRole, rightsOfKey, withinRole } from './rights.js';
import { refused, type TokenClaims, type TokenVerifier } from './token-verifier.js';

interface KnownUser {
  id: string;
  role: OrgRole | null;
}

interface KnownKey {
  secretHash: Buffer;
  scopes: Scope[];
  collections: string[] | null;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
  /** Null for a key of the organisation itself. */
  userId: string | null;
  /** What its maker is now, and what he was when he made it. */
  role: OrgRole | null;
  makerRole: OrgRole | null;
  makerIsGone: boolean;
}

const USER_RIGHTS: ReadonlySet<Scope> = new Set(SCOPES);
const KNOWN_USERS = 10_000;
/** So long may a user who was removed, or given another role, go on as before. */
const KNOWN_MS = 3_000;

// In this order: the organisation's own row is visible to its scope only after the setting is made.
const PROVISION_ORG: Statement = { name: 'provision_org', text: 'INSERT INTO organisations (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING' };
const PROVISION_USER: Statement = {
  name: 'provision_user',
  text: `WITH known AS (SELECT id FROM users WHERE org_id = $1 AND subject = $2), made AS (INSERT INTO users (org_id, subject) SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM known) ON CONFLICT DO NOTHING RETURNING id)
    SELECT id FROM known UNION ALL SELECT id FROM made`,
};
const FIND_USER: Statement = {
  name: 'find_user',
  text: `SELECT u.id, u.role FROM users u WHERE u.org_id = $1 AND u.subject = $2 AND u.removed_at IS NULL AND ($3::uuid IS NULL OR EXISTS (
    SELECT FROM sessions s WHERE s.org_id = $1 AND s.id = $3 AND s.user_id = u.id AND s.ended_at IS NULL AND s.expires_at > clock_timestamp()))`,
};
// What a key may see is what its maker may. One that was made by the operator belongs to the organisation.
const FIND_KEY: Statement = {
  name: 'find_key',
  text: `SELECT k.secret_hash AS "secretHash", k.scopes, k.collections, k.expires_at AS "expiresAt", k.revoked_at AS "revokedAt", k.last_used_at AS "lastUsedAt",
      k.maker AS "userId", u.role, k.maker_role AS "makerRole", u.removed_at IS NOT NULL AS "makerIsGone"
    FROM (SELECT *, substring(created_by FROM '^user:(\\d+)$')::bigint AS maker FROM api_keys WHERE org_id = $1 AND id = $2) k
      LEFT JOIN users u ON u.org_id = k.org_id AND u.id = k.maker`,
};
const TOUCH_KEY: Statement = { name: 'touch_key', text: 'UPDATE api_keys SET last_used_at = now() WHERE org_id = $1 AND id = $2' };
const TOUCH_EVERY_MS = 60_000;

/** Turns a bearer token into a principal. The guard of every service uses it; nothing else makes a scope of a caller. */
export class Authenticator {
  private readonly users = new Map<string, { user: KnownUser; until: number }>();

  constructor(
    private readonly database: Database,
    private readonly tokens: TokenVerifier,
    private readonly options: { provisionAtFirstUse: boolean },
  ) {}

  async authenticate(token: string | undefined): Promise<Principal> {
    if (!token) throw refused();
    return looksLikeApiKey(token) ? this.principalOfKey(token) : this.principalOfToken(token);
  }

  private async principalOfKey(token: string): Promise<Principal> {
    const parsed = parseApiKey(token);
    if (!parsed) throw refused();
    const scope = scopeOfPrincipal({ orgId: parsed.orgId, actor: `key:${parsed.keyId}` });
    const values = [parsed.orgId, parsed.keyId];
    const [key] = await this.database.tenantSnapshot(scope, (sql) => sql.rows<KnownKey>(FIND_KEY, values));
    if (!key || !isGood(key, parsed.secret)) throw refused();
    if (isLongAgo(key.lastUsedAt)) await this.database.tenant(scope, (sql) => sql.rows(TOUCH_KEY, values));
    const { userId, scopes, collections } = key;
    const role = lesserRole(key.role, key.makerRole);
    return { scope, kind: 'key', userId, role, rights: withinRole(rightsOfKey(scopes), role), collections: idsOf(collections) };
  }

  private async principalOfToken(token: string): Promise<Principal> {
    const claims = await this.tokens.verify(token);
    const user = await this.userOf(claims);
    const role = lesserRole(user.role, claims.role);
    const scope = scopeOfPrincipal({ orgId: claims.orgId, actor: `user:${user.id}` });
    return { scope, kind: 'user', userId: user.id, role, rights: withinRole(USER_RIGHTS, role), collections: undefined, sessionId: claims.sessionId };
  }

  /** The number and role of the user, remembered for a moment: membership is asked of the database, not of the token. */
  private async userOf(claims: TokenClaims): Promise<KnownUser> {
    const name = `${claims.orgId} ${claims.sessionId ?? ''} ${claims.subject}`;
    const known = this.users.get(name);
    if (known && known.until > Date.now()) return known.user;
    const user = await this.findOrProvision(claims);
    if (!user) throw refused();
    if (this.users.size >= KNOWN_USERS) this.users.delete(this.users.keys().next().value as string);
    this.users.set(name, { user, until: Date.now() + KNOWN_MS });
    return user;
  }

  /** Users of tokens of the provider are made at first use, where that is wanted; those of accounts are there as long as their session. */
  private async findOrProvision({ orgId, subject, sessionId }: TokenClaims): Promise<KnownUser | undefined> {
    const scope = scopeOfPrincipal({ orgId, actor: 'user:unknown' });
    const find = async (sql: Sql) => (await sql.rows<KnownUser>(FIND_USER, [orgId, subject, sessionId ?? null]))[0];
    const known = await this.database.tenantSnapshot(scope, find);
    if (known !== undefined || !this.options.provisionAtFirstUse || sessionId !== undefined) return known;
    return this.database.tenant(scope, async (sql) => {
      await sql.rows(PROVISION_ORG, [orgId, `Organisation ${orgId.slice(0, 8)}`]);
      await sql.rows(PROVISION_USER, [orgId, subject]);
      return find(sql);
    });
  }
}

function isGood(key: KnownKey, secret: string): boolean {
  const over = key.expiresAt !== null && key.expiresAt.getTime() <= Date.now();
  return secretMatches(secret, key.secretHash) && key.revokedAt === null && !over && !key.makerIsGone;
}

// Older keys may be limited to anything that was sent; what is no id names no collection.
function idsOf(collections: string[] | null): string[] | undefined {
  return collections?.filter(isLooseUuid);
}

function isLongAgo(lastUsedAt: Date | null): boolean {
  return lastUsedAt === null || Date.now() - lastUsedAt.getTime() > TOUCH_EVERY_MS;
}
