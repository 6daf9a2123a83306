import { isLooseUuid, type OrgId, TenantScope } from '@cairn/common/contracts';

/** The organisation of a scope. A scope that the auth guard or the worker loop did not make must never reach Qdrant, not even as an empty filter. */
export function orgIdOf(scope: TenantScope): OrgId {
  if (!(scope instanceof TenantScope) || !isLooseUuid(scope.orgId)) throw new Error('A tenant call needs a TenantScope');
  return scope.orgId;
}
