import type { OrgId } from '../ids.js';

const MADE_HERE = Symbol('tenant scope');

/**
 * Permission to touch one organisation's data. Every repository and gateway call takes one.
 * Only the auth guard (`scopeOfPrincipal`), accounts (`scopeOfAccount`), the worker loop (`scopeOfLease`), what writes points back (`scopeOfRebuild`) and the operator's commands (`scopeOfOperator`) make them; a test holds everyone else off.
 */
export class TenantScope {
  readonly orgId: OrgId;
  /** Who acts: `user:<id>`, `key:<id>` or `job:<id>`; for logs and audit. */
  readonly actor: string;

  constructor(seal: typeof MADE_HERE, orgId: OrgId, actor: string) {
    if (seal !== MADE_HERE) throw new Error('A TenantScope is made by the auth guard or the worker loop only');
    this.orgId = orgId;
    this.actor = actor;
    Object.freeze(this);
  }
}

/** For the auth guard: the caller's credentials were verified. */
export function scopeOfPrincipal(principal: { orgId: OrgId; actor: string }): TenantScope {
  return new TenantScope(MADE_HERE, principal.orgId, principal.actor);
}

/** For accounts: to see whether a password, refresh token or invitation is good, and what follows where it is. Without a user, who it is has not been proved. */
export function scopeOfAccount(account: { orgId: OrgId; userId: string | null }): TenantScope {
  return new TenantScope(MADE_HERE, account.orgId, account.userId === null ? 'unknown' : `user:${account.userId}`);
}

/** For the worker loop: the job was leased in Postgres. */
export function scopeOfLease(lease: { orgId: OrgId; jobId: string }): TenantScope {
  return new TenantScope(MADE_HERE, lease.orgId, `job:${lease.jobId}`);
}

/** For the reconciler: writes to Qdrant what Postgres holds of the organisation, and nothing else. */
export function scopeOfRebuild(vector: { orgId: OrgId }): TenantScope {
  return new TenantScope(MADE_HERE, vector.orgId, 'reconciler');
}

/** For the operator's own commands, which run with the database's address in hand: the first organisation and its key. */
export function scopeOfOperator(organisation: { orgId: OrgId }): TenantScope {
  return new TenantScope(MADE_HERE, organisation.orgId, 'operator');
}
