import { describe, expect, it } from '@jest/globals';
import { DependencyError } from '../../errors/catalogue.js';
import { startEcho } from '../testing/start-echo.js';
import { CachedProbe } from './cached-probe.js';
import { type DependencyState, reasonOf, runProbe } from './run-probe.js';

const FAST = { timeoutMs: 50, retries: 0 };
const refused = () => Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));

describe('a probe', () => {
  it('says how long it took and in how many attempts', async () => {
    expect(await runProbe(async () => 'pong', FAST)).toEqual({
      enabled: true,
      skipped: false,
      ok: true,
      latency_ms: expect.any(Number),
      attempts: 1,
      reason: null,
    });
  });

  it('is over at its deadline, also when nobody listens to the signal', async () => {
    const started = performance.now();
    const state = await runProbe(() => new Promise(() => {}), { timeoutMs: 60, retries: 1 });
    expect(state).toMatchObject({ ok: false, reason: 'timeout', attempts: 2 });
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('aborts its action at the deadline', async () => {
    let aborted = false;
    await runProbe(
      (signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            aborted = true;
            resolve(undefined);
          });
        }),
      FAST,
    );
    expect(aborted).toBe(true);
  });

  it('tries again after 100 and 200 ms, give or take a fifth', async () => {
    const times: number[] = [];
    const state = await runProbe(
      async () => {
        times.push(performance.now());
        if (times.length < 3) await refused();
      },
      { timeoutMs: 50, retries: 2 },
    );
    expect(state).toMatchObject({ ok: true, attempts: 3 });
    const [first = 0, second = 0, third = 0] = times;
    expect(second - first).toBeGreaterThanOrEqual(79);
    expect(third - second).toBeGreaterThanOrEqual(159);
    expect(third - first).toBeLessThan(5_000);
  });

  it.each<[string, unknown, string]>([
    ['a connection', Object.assign(new Error(''), { code: 'ECONNRESET' }), 'connection_error'],
    ['a status', Object.assign(new Error(''), { status: 503 }), 'http_503'],
    ['a status code', Object.assign(new Error(''), { statusCode: 401 }), 'http_401'],
    ['an error', new RangeError('x'), 'exception:RangeError'],
    ['a text', 'x', 'exception:string'],
    ['an outage behind an error of ours', new DependencyError('pg', 'x', Object.assign(new Error(''), { code: 'ECONNREFUSED' })), 'connection_error'],
    ['a status behind an error of ours', new DependencyError('qdrant', 'x', { status: 500 }), 'http_500'],
    ['a deadline behind an error of ours', new DependencyError('qdrant', 'x', Object.assign(new Error(''), { name: 'DeadlineExceeded' })), 'timeout'],
    ['an error of ours with nothing behind it', new DependencyError('model', 'x'), 'exception:DependencyError'],
  ])('gives the reason of the seed for %s', (_name, error, reason) => {
    expect(reasonOf(error)).toBe(reason);
  });
});

describe('the memory of a probe', () => {
  const answer = (ok: boolean): DependencyState => ({ enabled: true, skipped: false, ok, latency_ms: 1, attempts: 1, reason: ok ? null : 'timeout' });

  function remembered(oks: boolean[]) {
    let now = 0;
    let runs = 0;
    const probe = new CachedProbe(
      async () => answer(oks[runs++] ?? true),
      { okMs: 10_000, failureMs: 30_000 },
      () => now,
    );
    const at = async (time: number) => {
      now = time;
      return (await probe.state()).ok;
    };
    return { at, runs: () => runs };
  }

  it('keeps a success for 10 s', async () => {
    const { at, runs } = remembered([true, false]);
    expect([await at(0), await at(9_999), runs()]).toEqual([true, true, 1]);
    expect([await at(10_000), runs()]).toEqual([false, 2]);
  });

  it('keeps a failure for 30 s', async () => {
    const { at, runs } = remembered([false, true]);
    expect([await at(0), await at(29_999), runs()]).toEqual([false, false, 1]);
    expect([await at(30_000), runs()]).toEqual([true, 2]);
  });

  it('asks once when fifty ask at once', async () => {
    let runs = 0;
    const counted = async () => {
      runs++;
      return answer(true);
    };
    const probe = new CachedProbe(counted, { okMs: 0, failureMs: 0 });
    await Promise.all(Array.from({ length: 50 }, () => probe.state()));
    expect(runs).toBe(1);
  });
});

describe('/readyz', () => {
  const ready = async (url: string, path = '/readyz') => {
    const answer = await fetch(url + path);
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> & { deps: Record<string, unknown> } };
  };

  it('O1: is 200 and names every dependency, those without probe as disabled', async () => {
    const { service, url } = await startEcho({ probes: { pg: async () => 1, nats: async () => 1 }, env: { ENABLE_NATS: 'false' } });
    const disabled = { enabled: false, skipped: true, ok: null, latency_ms: null, attempts: 0, reason: 'disabled' };
    for (const path of ['/readyz', '/api/health/readyz']) {
      const { status, body } = await ready(url, path);
      expect([status, body.ready, body.summary, body.service, body.env]).toEqual([200, true, 'ok', 'echo', 'test']);
      expect(body.deps).toEqual({
        pg: { enabled: true, skipped: false, ok: true, latency_ms: expect.any(Number), attempts: 1, reason: null },
        redis: disabled,
        qdrant: disabled,
        gcs: disabled,
        nats: disabled,
        model: disabled,
      });
    }
    await service.stop();
  });

  it('O1: is 503 when a dependency is away, and healthz and the traffic form are not', async () => {
    const { service, url } = await startEcho({ probes: { pg: refused }, env: { PROBE_RETRIES: '0' } });
    const { status, body } = await ready(url);
    expect([status, body.ready, body.summary, body.deps.pg]).toEqual([503, false, 'down', expect.objectContaining({ ok: false, reason: 'connection_error' })]);
    expect((await ready(url, '/readyz?for=traffic')).body).toEqual({ service: 'echo', env: 'test', version: expect.any(String), ready: true, summary: 'ok' });
    for (const path of ['/healthz', '/api/health/healthz'])
      expect(await (await fetch(url + path)).json()).toEqual({
        ok: true,
        service: 'echo',
        env: 'test',
        version: expect.any(String),
        started_at: expect.stringMatching(/Z$/),
      });
    await service.stop();
  });

  it('adds what operators want to know when asked', async () => {
    const { service, url } = await startEcho({ readyExtras: () => ({ epoch: 7 }) });
    expect((await ready(url, '/readyz?verbose')).body).toMatchObject({ epoch: 7, state: 'serving', loop_lag_ms: expect.any(Number) });
    expect((await ready(url)).body).not.toHaveProperty('epoch');
    await service.stop();
  });

  it('refuses a form it does not know', async () => {
    const { service, url } = await startEcho();
    expect((await ready(url, '/readyz?for=fun')).status).toBe(422);
    await service.stop();
  });
});
