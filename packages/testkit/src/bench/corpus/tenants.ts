import { newId, type OrgId, scopeOfPrincipal, type TenantScope } from '@cairn/common';
import { devToken } from '../../system/api-client.js';

/** An organisation and how many points it has. */
export interface Tenant {
  scope: TenantScope;
  points: number;
}

/** Who asks in the name of an organisation. */
export const SUBJECT = '00000000-0000-4000-8000-000000000001';

export const tokenOf = ({ scope }: Tenant): string => devToken({ org: scope.orgId, sub: SUBJECT });

export function newTenant(points: number): Tenant {
  return { scope: scopeOfPrincipal({ orgId: newId<OrgId>(), actor: 'user:bench' }), points };
}

/** Fifty organisations: one large, four of middle size, the others small. */
export function mixedTenants(points: number): Tenant[] {
  const share = (part: number) => newTenant(Math.max(20, Math.round(points * part)));
  return [share(0.25), ...Array.from({ length: 4 }, () => share(0.075)), ...Array.from({ length: 45 }, () => share(0.01))];
}

export function evenTenants(count: number, points: number): Tenant[] {
  return Array.from({ length: count }, () => newTenant(points));
}
