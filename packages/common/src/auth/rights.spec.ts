import { describe, expect, it } from '@jest/globals';
import type { OrgId } from '../ids.js';
import { ORG_ROLES, type OrgRole, SCOPES, type Scope } from '../shell/endpoints/permission.js';
import { scopeOfPrincipal } from '../tenancy/tenant-scope.js';
import { assertAllowed, lesserRole, rightsOfKey, withinRole } from './rights.js';

const scope = scopeOfPrincipal({ orgId: '00000000-0000-4000-8000-000000000001' as OrgId, actor: 'user:1' });
const ALL: ReadonlySet<Scope> = new Set(SCOPES);

function refusalOf(role: OrgRole | null, needs: Scope, rights = ALL): string | undefined {
  try {
    assertAllowed({ scope, kind: 'user', userId: '1', role, rights: withinRole(rights, role), collections: undefined }, { scope: needs });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('roles', () => {
  it('T15: an owner and an admin may do everything, a member all but administer, a viewer only read', () => {
    const allowed = ORG_ROLES.map((role) => [role, SCOPES.filter((needs) => refusalOf(role, needs) === undefined)]);
    expect(Object.fromEntries(allowed)).toEqual({
      owner: ['read', 'write', 'admin'],
      admin: ['read', 'write', 'admin'],
      member: ['read', 'write'],
      viewer: ['read'],
    });
  });

  it('T15: a token that names no role may do what it always could', () => {
    expect(SCOPES.map((needs) => refusalOf(null, needs))).toEqual([undefined, undefined, undefined]);
  });

  it('T15: a refusal says which role is needed, and of a key which scope', () => {
    expect(refusalOf('member', 'admin')).toContain('the role "admin" in the organisation, and yours is "member"');
    expect(refusalOf('viewer', 'write')).toContain('the role "member" in the organisation, and yours is "viewer"');
    expect(refusalOf('owner', 'write', rightsOfKey(['read']))).toContain('the scope "write"');
  });

  it('T15: no key may more than its maker', () => {
    for (const role of ORG_ROLES) expect(withinRole(rightsOfKey(['admin']), role)).toEqual(withinRole(ALL, role));
    expect(withinRole(rightsOfKey(['read']), 'owner')).toEqual(new Set(['read']));
  });

  it('T15: of two roles the lesser holds', () => {
    expect([
      lesserRole('owner', 'viewer'),
      lesserRole('viewer', 'owner'),
      lesserRole(null, 'member'),
      lesserRole('member', null),
      lesserRole(null, null),
    ]).toEqual(['viewer', 'viewer', 'member', 'member', null]);
  });
});
