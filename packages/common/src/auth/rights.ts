import { CairnError } from '../errors/catalogue.js';
import { type OrgRole, type Permission, ROLE_FOR, reaches, SCOPES, type Scope } from '../shell/endpoints/permission.js';
import type { Principal } from './principal.js';

/** What the scopes of a key allow: who may administer may also write, and who may write may also read. */
export function rightsOfKey(scopes: readonly Scope[]): ReadonlySet<Scope> {
  const most = Math.max(...scopes.map((scope) => SCOPES.indexOf(scope)));
  return new Set(SCOPES.slice(0, most + 1));
}

/** Of what would be allowed, what the role allows. Nobody's role, or none that was given, takes nothing away. */
export function withinRole(rights: ReadonlySet<Scope>, role: OrgRole | null): ReadonlySet<Scope> {
  if (role === null) return rights;
  return new Set([...rights].filter((scope) => reaches(role, ROLE_FOR[scope])));
}

/** The one of two roles that allows less; where one is not given, the other holds. */
export function lesserRole(one: OrgRole | null, other: OrgRole | null): OrgRole | null {
  if (one === null || other === null) return one ?? other;
  return reaches(one, other) ? other : one;
}

/** Refuses a caller whose rights do not reach. */
export function assertAllowed({ rights, role, collections }: Principal, permission: Exclude<Permission, 'public'>): void {
  if (!rights.has(permission.scope)) throw new CairnError('forbidden', whatIsMissing(permission.scope, role));
  if (collections !== undefined && !permission.perCollection) {
    throw new CairnError('forbidden', 'This key is limited to some collections, and this route works on the whole organisation. Use a key without that limit.');
  }
}

function whatIsMissing(scope: Scope, role: OrgRole | null): string {
  const needed = ROLE_FOR[scope];
  if (role !== null && !reaches(role, needed))
    return `This needs the role "${needed}" in the organisation, and yours is "${role}". Ask an owner or admin to do it, or to change your role.`;
  return `This needs the scope "${scope}", which these credentials do not have. Use a key or token with that scope.`;
}
