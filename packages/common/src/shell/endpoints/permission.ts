/** What a credential may be allowed: `read` sees, `write` changes, `admin` manages keys and members. */
export const SCOPES = ['read', 'write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who may call an endpoint: anybody, or a credential with the scope. */
export type Permission = 'public' | { scope: Scope };

export function isPermission(value: unknown): value is Permission {
  if (value === 'public') return true;
  return typeof value === 'object' && value !== null && 'scope' in value && SCOPES.includes(value.scope as Scope);
}
