import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import type { OrgId } from '../ids.js';
import { scopeOfLease, TenantScope } from './tenant-scope.js';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** Each maker of a scope, and the only files that may call it. Tests and the testkit may make scopes as they need them. */
const MAKERS: Record<string, string[]> = {
  scopeOfPrincipal: ['packages/common/src/auth/authenticator.ts'],
  scopeOfAccount: ['apps/api/src/accounts/accounts.service.ts', 'packages/common/src/accounts/account.repository.ts'],
  scopeOfLease: ['apps/embedding-worker/src/jobs/job-runner.ts'],
  scopeOfRebuild: ['apps/outbox-dispatcher/src/write-back.ts'],
  scopeOfOperator: ['apps/api/src/first-steps.ts'],
};

const DEFINED_IN = 'packages/common/src/tenancy/tenant-scope.ts';
const TEST_CODE = /\.spec\.ts$|\/(test|testing|fixtures)\/|^packages\/testkit\//;

function sourcesUnder(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : sourcesUnder(path);
    return /\.m?ts$|\.mjs$/.test(entry.name) && path !== DEFINED_IN && !TEST_CODE.test(path) ? [path] : [];
  });
}

const sources = new Map(['apps', 'packages', 'scripts'].flatMap(sourcesUnder).map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));
const filesWith = (pattern: RegExp): string[] => [...sources].filter(([, text]) => pattern.test(text)).map(([path]) => path);

describe('a TenantScope', () => {
  it.each(Object.entries(MAKERS))('T1: %s is used in %j and nowhere else', (maker, allowed) => {
    expect(filesWith(new RegExp(`\\b${maker}\\b`))).toEqual(allowed);
  });

  it('T1: every maker of scopes has its place in this test', () => {
    const text = readFileSync(join(ROOT, DEFINED_IN), 'utf8');
    const makers = [...text.matchAll(/export function (\w+)/g)].map((match) => match[1]);
    expect(makers.sort()).toEqual(Object.keys(MAKERS).sort());
  });

  it('T1: cannot be made around the makers, nor changed afterwards', () => {
    const forged = Reflect.construct.bind(undefined, TenantScope as unknown as new () => TenantScope, [Symbol('tenant scope'), 'o', 'user:1']);
    expect(forged).toThrow('auth guard');
    const scope = scopeOfLease({ orgId: 'o' as OrgId, jobId: 'j' });
    expect(() => Object.assign(scope, { orgId: 'another' })).toThrow(TypeError);
    expect(filesWith(/new TenantScope\b|TenantScope\.prototype|as TenantScope\b/)).toEqual([]);
  });
});
