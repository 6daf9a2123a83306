import type { OrgRole, Scope } from '../shell/endpoints/permission.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

/** A caller whose credentials were verified. */
export interface Principal {
  scope: TenantScope;
  kind: 'user' | 'key';
  /** The user who asks, or who made the key; null for a key of the organisation itself. */
  userId: string | null;
  /** What he, or who made the key, is in the organisation; null where nobody said. */
  role: OrgRole | null;
  rights: ReadonlySet<Scope>;
  /** The collections a key is limited to; undefined means all. */
  collections: readonly string[] | undefined;
  /** Of an account that is kept here. */
  sessionId?: string | undefined;
}
