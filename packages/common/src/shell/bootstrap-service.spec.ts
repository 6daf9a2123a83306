import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type EchoProcess, spawnEcho, urlOf } from './testing/echo-process.js';
import { openIdle } from './testing/raw-http.js';

jest.setTimeout(60_000);

const started: EchoProcess[] = [];

function start(env: Record<string, string> = {}): EchoProcess {
  const echo = spawnEcho(env);
  started.push(echo);
  return echo;
}

afterEach(async () => {
  for (const echo of started.splice(0)) {
    echo.child.kill('SIGKILL');
    await echo.exited;
  }
});

async function stopped(echo: EchoProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<{ code: number | null; ms: number }> {
  const from = performance.now();
  echo.child.kill(signal);
  return { code: await echo.exited, ms: performance.now() - from };
}

describe('a service that is told to stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('O5: exits 0 on %s, phase by phase', async (signal) => {
    const echo = start();
    await urlOf(echo);
    expect(await stopped(echo, signal)).toMatchObject({ code: 0 });
    expect(echo.lines.filter((line) => line.msg === 'phase ran').map((line) => line.phase)).toEqual(['intake', 'work', 'connections']);
  });

  it('O5: is not held by idle connections', async () => {
    const echo = start();
    const url = await urlOf(echo);
    await openIdle(url);
    expect((await stopped(echo)).ms).toBeLessThan(3_000);
  });

  it('O5: ends streams and WebSockets that nobody closed when the time of the work is over', async () => {
    const echo = start({ DRAIN_WORK_MS: '300' });
    const url = await urlOf(echo);
    const stream = await fetch(`${url}/stream`);
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => socket.write('GET /x HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'));
    await once(socket, 'data');
    socket.on('error', () => {});
    const end = await stopped(echo);
    expect(end.code).toBe(0);
    expect(end.ms).toBeLessThan(4_000);
    await stream.text().catch(() => {});
  });

  it('O5: answers what is in flight, and takes nothing new', async () => {
    const echo = start();
    const url = await urlOf(echo);
    const inFlight = fetch(`${url}/slow/1500`);
    await (await fetch(`${url}/healthz`)).arrayBuffer();
    echo.child.kill('SIGTERM');
    await echo.line('service is stopping');
    await expect(untilRefused(url)).resolves.toBe(true);
    expect(await (await inFlight).json()).toEqual({ slept: '1500' });
    const answered = performance.now();
    expect(await echo.exited).toBe(0);
    expect(performance.now() - answered).toBeLessThan(3_000);
  });

  it('says so to the load balancer first, for as long as it was told to', async () => {
    const echo = start({ DRAIN_DELAY_MS: '1500' });
    const url = await urlOf(echo);
    echo.child.kill('SIGTERM');
    await echo.line('service is stopping');
    const traffic = await fetch(`${url}/readyz?for=traffic`);
    expect([traffic.status, traffic.headers.get('connection'), ((await traffic.json()) as { summary: string }).summary]).toEqual([503, 'close', 'draining']);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await echo.exited).toBe(0);
  });
});

async function untilRefused(url: string): Promise<boolean> {
  const deadline = performance.now() + 5_000;
  while (performance.now() < deadline) {
    const refused = await fetch(`${url}/healthz`).then(
      () => false,
      () => true,
    );
    if (refused) return true;
  }
  return false;
}

describe('a service that cannot go on', () => {
  it('exits 78 and names every bad variable when its configuration is wrong', async () => {
    const echo = start({ PORT: 'eighty', LOG_LEVEL: 'loud', LIMIT_BODY_BYTES: '1' });
    expect(await echo.exited).toBe(78);
    for (const name of ['PORT', 'LOG_LEVEL', 'LIMIT_BODY_BYTES']) expect(echo.stderr()).toContain(`  ${name}: `);
  });

  it('exits 1 and says why when its port is taken', async () => {
    const first = start();
    const { port } = new URL(await urlOf(first));
    const second = start({ PORT: port });
    expect(await second.exited).toBe(1);
    expect(second.lines.filter(({ level }) => level === 'fatal' || level === 'error').map((entry) => JSON.stringify(entry))).toContainEqual(
      expect.stringContaining('EADDRINUSE'),
    );
  });

  it.each([
    ['rejection', 'unhandled rejection'],
    ['exception', 'uncaught exception'],
  ])('logs what nobody caught and exits 1: %s', async (how, msg) => {
    const echo = start();
    const url = await urlOf(echo);
    await fetch(`${url}/crash/${how}`, { method: 'POST' }).catch(() => {});
    expect(await echo.exited).toBe(1);
    expect(echo.lines.at(-1)).toMatchObject({ level: 'fatal', msg });
  });
});
