import type { Database, Statement } from '../data/database.js';
import { ApiKey } from '../data/entities/api-key.entity.js';
import type { OrgId } from '../ids.js';
import type { Scope } from '../shell/endpoints/permission.js';
import { scopeOfPrincipal, type TenantScope } from '../tenancy/tenant-scope.js';
import { looksLikeApiKey, parseApiKey, secretMatches } from './api-key.js';
import { refused, type TokenVerifier } from './token-verifier.js';

/** A caller whose credentials were verified. */
export interface Principal {
  scope: TenantScope;
  kind: 'user' | 'key';
  /** The user who asks, or who made the key; null for a key of the organisation itself. */
  userId: string | null;
  rights: ReadonlySet<Scope>;
  /** The collections a key is limited to; undefined means all. */
  collections: readonly string[] | undefined;
}

const USER_RIGHTS: ReadonlySet<Scope> = new Set(['read', 'write', 'admin']);
const KNOWN_USERS = 10_000;
const KNOWN_MS = 10_000;

// In this order: the organisation's own row is visible to its scope only after the setting is made.
const PROVISION_ORG: Statement = { name: 'provision_org', text: 'INSERT INTO organisations (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING' };
const PROVISION_USER: Statement = {
  name: 'provision_user',
  text: `WITH known AS (SELECT id FROM users WHERE org_id = $1 AND subject = $2), made AS (INSERT INTO users (org_id, subject) SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM known) ON CONFLICT DO NOTHING RETURNING id)
    SELECT id FROM known UNION ALL SELECT id FROM made`,
};
const FIND_USER: Statement = { name: 'find_user', text: 'SELECT id FROM users WHERE org_id = $1 AND subject = $2' };
const TOUCH_KEY: Statement = { name: 'touch_key', text: 'UPDATE api_keys SET last_used_at = now() WHERE org_id = $1 AND id = $2' };
const TOUCH_EVERY_MS = 60_000;

/** Turns a bearer token into a principal. The guard of every service uses it; nothing else makes a scope of a caller. */
export class Authenticator {
  private readonly users = new Map<string, { id: string; until: number }>();

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
    const key = await this.database.tenant(scope, async (sql) => {
      const found = await sql.manager.getRepository(ApiKey).findOneBy({ orgId: parsed.orgId, id: parsed.keyId });
      if (!found || !isGood(found, parsed.secret)) return undefined;
      if (isLongAgo(found.lastUsedAt)) await sql.rows(TOUCH_KEY, [parsed.orgId, parsed.keyId]);
      return found;
    });
    if (!key) throw refused();
    return { scope, kind: 'key', userId: userOfActor(key.createdBy), rights: rightsOf(key.scopes), collections: key.collections ?? undefined };
  }

  private async principalOfToken(token: string): Promise<Principal> {
    const claims = await this.tokens.verify(token);
    const userId = await this.userOf(claims.orgId, claims.subject);
    return { scope: scopeOfPrincipal({ orgId: claims.orgId, actor: `user:${userId}` }), kind: 'user', userId, rights: USER_RIGHTS, collections: undefined };
  }

  /** The number of the user, remembered for a moment: membership is asked of the database, not of the token. */
  private async userOf(orgId: OrgId, subject: string): Promise<string> {
    const name = `${orgId} ${subject}`;
    const known = this.users.get(name);
    if (known && known.until > Date.now()) return known.id;
    const id = await this.findOrProvision(orgId, subject);
    if (!id) throw refused();
    if (this.users.size >= KNOWN_USERS) this.users.delete(this.users.keys().next().value as string);
    this.users.set(name, { id, until: Date.now() + KNOWN_MS });
    return id;
  }

  private findOrProvision(orgId: OrgId, subject: string): Promise<string | undefined> {
    const scope = scopeOfPrincipal({ orgId, actor: 'user:unknown' });
    return this.database.tenant(scope, async (sql) => {
      if (this.options.provisionAtFirstUse) {
        await sql.rows(PROVISION_ORG, [orgId, `Organisation ${orgId.slice(0, 8)}`]);
        await sql.rows(PROVISION_USER, [orgId, subject]);
      }
      const [user] = await sql.rows<{ id: string }>(FIND_USER, [orgId, subject]);
      return user?.id;
    });
  }
}

/** What a key may see is what its maker may. One that was made by the operator belongs to the organisation. */
function userOfActor(actor: string): string | null {
  return /^user:(\d+)$/.exec(actor)?.[1] ?? null;
}

function isGood(key: ApiKey, secret: string): boolean {
  const over = key.expiresAt !== null && key.expiresAt.getTime() <= Date.now();
  return secretMatches(secret, key.secretHash) && key.revokedAt === null && !over;
}

/** Who may administer may also write, and who may write may also read. */
function rightsOf(scopes: Scope[]): ReadonlySet<Scope> {
  const rights = new Set(scopes);
  if (rights.has('admin')) rights.add('write');
  if (rights.has('write')) rights.add('read');
  return rights;
}

/** The use of a key is noted once a minute: a write for every request would cost more than the request. */
function isLongAgo(lastUsedAt: Date | null): boolean {
  return lastUsedAt === null || Date.now() - lastUsedAt.getTime() > TOUCH_EVERY_MS;
}
