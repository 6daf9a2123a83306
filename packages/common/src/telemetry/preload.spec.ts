import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, jest } from '@jest/globals';
import { spawnEcho, urlOf } from '../shell/testing/echo-process.js';

jest.setTimeout(60_000);

const dist = (path: string) => fileURLToPath(new URL(`../../dist/${path}`, import.meta.url));

interface Span {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: { key: string; value: Record<string, unknown> }[];
}

/** Collects what is exported over OTLP. */
async function startCollector() {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (data) => {
      body += data;
    });
    request.on('end', () => {
      bodies.push(body);
      response.end('{}');
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const spans = () =>
    bodies.flatMap((body) =>
      JSON.parse(body).resourceSpans.flatMap((r: { scopeSpans: { spans: Span[] }[] }) => r.scopeSpans.flatMap((s) => s.spans)),
    ) as Span[];
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, spans, close: () => server.close().closeAllConnections() };
}

const attributesOf = (span: Span | undefined) => Object.fromEntries(span?.attributes.map(({ key, value }) => [key, Object.values(value)[0]]) ?? []);

describe('a service started with the preload', () => {
  it('O4: continues the trace of its caller, names spans after routes, and sends them before it ends', async () => {
    const collector = await startCollector();
    const echo = spawnEcho({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, LOG_LEVEL: 'debug' });
    const url = await urlOf(echo);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await (await fetch(`${url}/slow/1?token=c4n4ry&q=words`, { headers: { traceparent, authorization: 'Bearer c4n4ry' } })).arrayBuffer();
    await (await fetch(`${url}/healthz`)).arrayBuffer();
    await (await fetch(`${url}/boom/c4n4ry`, { method: 'POST', headers: { traceparent } })).arrayBuffer();
    echo.child.kill('SIGTERM');
    expect(await echo.exited).toBe(0);
    collector.close();

    const server = collector.spans().find((span) => span.name === 'GET /slow/:ms');
    const inner = collector.spans().find((span) => span.name === 'sleep');
    expect(server).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', parentSpanId: 'b7ad6b7169203331' });
    expect(inner).toMatchObject({ traceId: server?.traceId, parentSpanId: server?.spanId });
    expect(attributesOf(server)).toMatchObject({ 'http.route': '/slow/:ms', 'cairn.correlation_id': expect.any(String) });
    expect(collector.spans().some((span) => span.name.includes('healthz'))).toBe(false);
    const failed = echo.lines.find((line) => line.msg === 'request failed');
    expect(failed?.traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(collector.bodies.join('')).not.toMatch(/words|token=|Bearer/);
    expect(collector.bodies.join('')).toContain('"echo"');
  });

  const sayWhatIsLoaded = `process.on('exit', () => console.log(JSON.stringify(Object.keys(process.getBuiltinModule('node:module')._cache).filter((file) => file.includes('opentelemetry')))))`;
  const run = (script: string, env: NodeJS.ProcessEnv = {}) =>
    spawnSync(process.execPath, ['--import', dist('telemetry/preload.js'), '-e', script], { encoding: 'utf8', env: { PATH: process.env.PATH, ...env } });

  it('loads nothing of the SDK when no endpoint is set', () => {
    const { stdout, status } = run(sayWhatIsLoaded);
    expect([status, JSON.parse(stdout)]).toEqual([0, []]);
  });

  it('loads nothing of the SDK into its threads', () => {
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
    expect(JSON.parse(run(sayWhatIsLoaded, endpoint).stdout)).not.toEqual([]);
    const { stdout, status } = run(
      `new (require('node:worker_threads').Worker)(new URL('data:text/javascript,${encodeURIComponent(sayWhatIsLoaded).replaceAll("'", '%27')}'))`,
      endpoint,
    );
    expect([status, JSON.parse(stdout)]).toEqual([0, []]);
  });
});
