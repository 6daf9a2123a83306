/** What a credential may be allowed: `read` sees, `write` changes, `admin` manages keys and members. */
export const SCOPES = ['read', 'write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** What a user is in his organisation; each may do what those before it may. Only an owner makes and unmakes owners. */
export const ORG_ROLES = ['viewer', 'member', 'admin', 'owner'] as const;
export type OrgRole = (typeof ORG_ROLES)[number];

/** The least role that has a scope. */
export const ROLE_FOR: Record<Scope, OrgRole> = { read: 'viewer', write: 'member', admin: 'admin' };

/**
 * Who may call an endpoint: anybody, or a credential with the scope. `perCollection` where the handler itself looks to which collections a key is limited;
 * everywhere else such a key is refused.
 */
export type Permission = 'public' | { scope: Scope; perCollection?: boolean };

/** For routes about collections: keys that are limited to some reach those. */
export const READ_COLLECTION = { scope: 'read', perCollection: true } as const satisfies Permission;
export const WRITE_COLLECTION = { scope: 'write', perCollection: true } as const satisfies Permission;

export function isPermission(value: unknown): value is Permission {
  if (value === 'public') return true;
  return typeof value === 'object' && value !== null && 'scope' in value && SCOPES.includes(value.scope as Scope);
}

export function isOrgRole(value: unknown): value is OrgRole {
  return ORG_ROLES.includes(value as OrgRole);
}

/** True where the one role may do all that the other may. */
export function reaches(role: OrgRole, needed: OrgRole): boolean {
  return ORG_ROLES.indexOf(role) >= ORG_ROLES.indexOf(needed);
}
