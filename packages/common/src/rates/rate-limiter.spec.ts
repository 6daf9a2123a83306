import { describe, expect, it } from '@jest/globals';
import { RatesConfig } from '../config/rates.config.js';
import type { OrgId } from '../ids.js';
import { Metrics } from '../shell/metrics/metrics.js';
import { scopeOfPrincipal } from '../tenancy/tenant-scope.js';
import { RateLimiter } from './rate-limiter.js';

const scopeOf = (org: number, actor = 'user:1') => scopeOfPrincipal({ orgId: `00000000-0000-4000-8000-00000000000${org}` as OrgId, actor });

function limiterWith(rates: Partial<RatesConfig>) {
  const metrics = new Metrics('test');
  const clock = { ms: 0 };
  return { limiter: new RateLimiter(Object.assign(new RatesConfig(), rates), metrics, () => clock.ms), metrics, clock };
}

describe('the rate limiter', () => {
  it('T10: refuses one more than the limit, names it, and says when to come again', async () => {
    const { limiter, metrics, clock } = limiterWith({ orgReads: 3 });
    for (let at = 0; at < 3; at++) expect(limiter.ofCaller(scopeOf(1), 'reads')).toMatchObject({ state: { limit: 3, remaining: 2 - at } });
    const refusal = limiter.ofCaller(scopeOf(1), 'reads')?.refusal;
    expect(refusal).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 20, current: { limit: 'reads', of: 'organisation', per_minute: 3 } });
    expect(refusal?.message).toContain('reads of the organisation');
    expect(await metrics.text()).toMatch(/cairn_rate_limited_total\{limit="reads",of="organisation",service="test"\} 1/);
    clock.ms = 20_000;
    expect(limiter.ofCaller(scopeOf(1), 'reads')?.refusal).toBeUndefined();
  });

  it('T10: counts organisations, callers and classes apart', () => {
    const { limiter } = limiterWith({ orgReads: 3, callerReads: 2, orgWrites: 1 });
    const refused = (org: number, actor: string, rateClass: 'reads' | 'writes') => limiter.ofCaller(scopeOf(org, actor), rateClass)?.refusal?.current;
    expect([1, 2, 3].map(() => refused(1, 'user:1', 'reads'))).toEqual([undefined, undefined, { limit: 'reads', of: 'caller', per_minute: 2 }]);
    expect([1, 2].map(() => refused(1, 'user:2', 'reads'))).toEqual([undefined, { limit: 'reads', of: 'organisation', per_minute: 3 }]);
    expect([refused(2, 'user:1', 'reads'), refused(1, 'user:1', 'writes'), refused(2, 'user:1', 'writes')]).toEqual([undefined, undefined, undefined]);
  });

  it('T10: what one limit refuses uses up nothing of another', () => {
    const { limiter } = limiterWith({ orgReads: 3, callerReads: 1 });
    for (let at = 0; at < 50; at++) limiter.ofCaller(scopeOf(1, 'user:1'), 'reads');
    for (const actor of ['user:2', 'user:3']) expect(limiter.ofCaller(scopeOf(1, actor), 'reads')?.refusal).toBeUndefined();
  });

  it('T10: 0 is no limit', () => {
    const { limiter } = limiterWith({ orgReads: 0, callerReads: 0, logins: 0 });
    expect([limiter.ofCaller(scopeOf(1), 'reads'), limiter.ofAddress('203.0.113.7', 'logins')]).toEqual([undefined, undefined]);
  });

  it('T10: wrong passwords count by account until one is right', () => {
    const { limiter } = limiterWith({ accountLogins: 2 });
    const refused = () => limiter.ofAccount('a@example.org')?.refusal !== undefined;
    expect([refused(), refused(), refused()]).toEqual([false, false, true]);
    limiter.forgetAccount('a@example.org');
    expect(refused()).toBe(false);
  });
});
