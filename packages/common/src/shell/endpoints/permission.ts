/** What a credential may be allowed: `read` sees, `write` changes, `admin` manages keys and members. */
export const SCOPES = ['read', 'write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

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
