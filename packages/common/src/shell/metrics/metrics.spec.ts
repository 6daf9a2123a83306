import { describe, expect, it } from '@jest/globals';
import { startEcho } from '../testing/start-echo.js';
import { Metrics } from './metrics.js';
import { startMetricsServer } from './metrics-server.js';

describe('declared metrics', () => {
  it('have the prefix, the service and only labels of their closed sets', async () => {
    const metrics = new Metrics('echo');
    const jobs = metrics.counter({ name: 'jobs_total', help: 'Jobs.', labels: { type: ['mock', 'embed'], outcome: ['ok', 'failed'] } });
    jobs.add(2, { type: 'mock', outcome: 'ok' });
    jobs.add(1, { type: '/vectors/secret-asset' as 'mock', outcome: 'ok' });
    metrics.gauge({ name: 'slots_busy', help: 'Slots.' }).set(3);
    metrics.histogram({ name: 'lease_seconds', help: 'Leases.', buckets: [1, 5] }).observe(2);
    metrics.gaugeOf({ name: 'lag_rows', help: 'Lag.' }, async () => 7);
    const text = await metrics.text();
    expect(text).toContain('cairn_jobs_total{type="mock",outcome="ok",service="echo"} 2');
    expect(text).toContain('cairn_jobs_total{type="other",outcome="ok",service="echo"} 1');
    expect(text).not.toContain('secret-asset');
    expect(text).toContain('cairn_slots_busy{service="echo"} 3');
    expect(text).toContain('cairn_lease_seconds_bucket{le="5",service="echo"} 1');
    expect(text).toContain('cairn_lag_rows{service="echo"} 7');
    expect(text).toContain('cairn_process_cpu_seconds_total');
    expect(text).toContain('cairn_nodejs_eventloop_lag_seconds');
  });

  it('are the same metric when declared twice', async () => {
    const metrics = new Metrics('echo');
    for (let round = 0; round < 2; round++) metrics.counter({ name: 'twice_total', help: 'Twice.' }).add(1);
    expect(await metrics.text()).toContain('cairn_twice_total{service="echo"} 2');
  });
});

describe('HTTP metrics', () => {
  it('count by route template and status, never by address', async () => {
    const { service, url } = await startEcho();
    for (const id of ['753ee532-60b1-4aa4-dc7d-4fb151e78483', '853ee532-60b1-4aa4-dc7d-4fb151e78483', 'nonsense'])
      await (await fetch(`${url}/things/${id}?q=words`)).arrayBuffer();
    await (await fetch(`${url}/nope-${'x'.repeat(50)}`)).arrayBuffer();
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('cairn_http_request_duration_seconds_count{method="GET",route="/things/:thing_id",status="200",service="echo"} 2');
    expect(text).toContain('cairn_http_request_duration_seconds_count{method="GET",route="/things/:thing_id",status="404",service="echo"} 1');
    expect(text).toContain('cairn_http_request_duration_seconds_bucket{method="GET",route="/things/:thing_id",status="200",le="+Inf",service="echo"} 2');
    expect(text).toContain('route="unknown",status="404"');
    expect(text).not.toMatch(/753ee532|words|nope/);
    await service.stop();
  });

  it('have buckets that only grow', async () => {
    const metrics = new Metrics('echo');
    for (const seconds of [0.0005, 0.003, 0.2, 100]) metrics.http.meterOf('GET', '/x').observe(200, seconds);
    const values = [...(await metrics.text()).matchAll(/duration_seconds_bucket\{.*\} (\d+)/g)].map((match) => Number(match[1]));
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect([values[0], values.at(-2), values.at(-1)]).toEqual([1, 3, 4]);
  });
});

describe('/metrics', () => {
  it('P9: is not on the public port outside local and test', async () => {
    const { service, url } = await startEcho({ env: { CAIRN_ENV: 'production', PORT: '0', METRICS_PORT: '0' } });
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await service.stop();
  });

  it('answers on a port of its own, and nothing else does', async () => {
    const metrics = new Metrics('echo');
    const server = await startMetricsServer(metrics, { port: 0, host: '127.0.0.1' });
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('cairn_process_cpu_seconds_total');
    expect((await fetch(`${url}/`)).status).toBe(404);
    server.close().closeAllConnections();
  });
});
