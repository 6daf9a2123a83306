import { constants, createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { DependencyError, type OrgId, scopeOfPrincipal } from '@cairn/common/contracts';
import { afterEach, describe, expect, test } from '@jest/globals';
import { GrpcChannel } from './grpc/grpc-channel.js';
import { GrpcPoints } from './grpc/grpc-points.js';
import type { NearestQuery } from './points-transport.js';
import { DeadlineExceeded } from './qdrant-errors.js';
import { QdrantGateway } from './qdrant-gateway.js';
import type { QdrantCall } from './qdrant-options.js';
import { RestPoints } from './rest-points.js';
import { RestTransport } from './rest-transport.js';

const scope = scopeOfPrincipal({ orgId: '550e8400-e29b-41d4-a716-446655440000' as OrgId, actor: 'user:1' });
const TIMEOUTS = { searchMs: 150, upsertMs: 150, schemaMs: 20_000, maintenanceMs: 150 };
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** A TCP server that does `greet` with each connection; what a proxy or a dying machine may do. */
async function listen(greet: (socket: Socket) => void): Promise<{ url: string; connections: () => number }> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    greet(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections };
}

const answering = (status: string, body: string) => (socket: Socket) =>
  socket.on('data', () => socket.write(`HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\n\r\n${body}`));

async function closedPort(): Promise<string> {
  const { url } = await listen(() => {});
  await Promise.all(closing.splice(-1).map((close) => close()));
  return url;
}

function gatewayAt(url: string, observe?: (call: QdrantCall) => void): QdrantGateway {
  return new QdrantGateway({ url, namespace: 'test', timeouts: TIMEOUTS, observe });
}

async function failureOf(work: Promise<unknown>): Promise<{ error: unknown; ms: number }> {
  const started = performance.now();
  const error = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  return { error, ms: performance.now() - started };
}

describe.each([
  ['refuses connections', closedPort],
  ['accepts and never answers', async () => (await listen(() => {})).url],
  ['cuts every connection', async () => (await listen((socket) => socket.destroy())).url],
  ['answers with something that is not HTTP', async () => (await listen((socket) => socket.end('220 mail.example.org ESMTP\r\n'))).url],
  ['answers 503', async () => (await listen(answering('503 Service Unavailable', ''))).url],
])('when Qdrant %s', (_, urlOf) => {
  test('a search is a dependency error within two deadlines', async () => {
    const gateway = gatewayAt(await urlOf());
    const { error, ms } = await failureOf(gateway.search(scope, 'space', { vector: Float32Array.from([1]), limit: 1 }));
    expect(error).toBeInstanceOf(DependencyError);
    expect(error).toMatchObject({ dependency: 'qdrant', code: 'unavailable' });
    expect(ms).toBeLessThan(2 * TIMEOUTS.searchMs + 500);
  });

  test('the probe is a dependency error within its deadline', async () => {
    const { error, ms } = await failureOf(gatewayAt(await urlOf()).health(100));
    expect(error).toBeInstanceOf(DependencyError);
    expect(ms).toBeLessThan(600);
  });

  test('an upsert over gRPC is a dependency error within two deadlines', async () => {
    const points = new GrpcPoints(await urlOf(), { url: '', namespace: 'test' });
    closing.unshift(() => points.close());
    const point = { id: '753ee532-60b1-4aa4-dc7d-4fb151e78483', vector: Float32Array.from([1]), payload: {} };
    const { error, ms } = await failureOf(points.upsert({ space: 'space', collection: 'test_space', points: [point], timeoutMs: 150 }));
    expect(error).toBeInstanceOf(DependencyError);
    expect(ms).toBeLessThan(800);
  });
});

test("an answer that is not Qdrant's is a dependency error too", async () => {
  const { url } = await listen(answering('200 OK', '<p>Welcome</p>'));
  const { error } = await failureOf(gatewayAt(url).count(scope, 'space'));
  expect(error).toBeInstanceOf(DependencyError);
});

test('a call that failed for want of Qdrant is tried once more, and both tries are observed', async () => {
  const calls: QdrantCall[] = [];
  const { url, connections } = await listen((socket) => socket.destroy());
  await failureOf(gatewayAt(url, (call) => calls.push(call)).count(scope, 'space'));
  expect(calls.map(({ operation, outcome }) => [operation, outcome])).toEqual(Array(2).fill(['describe_space', 'unavailable']));
  expect(connections()).toBe(2);
});

test('a gRPC call that ran into its deadline gives its connection up, so the next one starts afresh', async () => {
  const { url, connections } = await listen(() => {});
  const channel = new GrpcChannel(url, {});
  closing.unshift(() => channel.close());
  for (const attempt of [1, 2]) {
    const call = channel.unary({ path: '/x', frame: Buffer.alloc(5), timeoutMs: 50 });
    await expect(call).rejects.toBeInstanceOf(DeadlineExceeded);
    expect(connections()).toBe(attempt);
  }
});

describe.each([
  ['gRPC', (url: string, observe: (call: QdrantCall) => void) => new GrpcPoints(url, { url, namespace: 'test', observe })],
  ['REST', (url: string, observe: (call: QdrantCall) => void) => new RestPoints(new RestTransport({ url, namespace: 'test', observe }))],
])('a search over %s that nobody waits for any more', (_, pointsAt) => {
  const asked = (signal: AbortSignal): NearestQuery => ({
    ...{ space: 'space', collection: 'c', vector: Float32Array.from([1]), filter: {}, limit: 1, params: {}, payload: [], timeoutMs: 20_000 },
    signal,
  });

  test('is given up at once, and not sent again', async () => {
    const calls: QdrantCall[] = [];
    const { url, connections } = await listen(() => {});
    const points = pointsAt(url, (call) => calls.push(call));
    closing.unshift(() => points.close());
    const caller = new AbortController();
    const failed = failureOf(points.nearest(asked(caller.signal)));
    setTimeout(() => caller.abort(), 30);
    const { error, ms } = await failed;
    expect((error as Error).message).toBe('Qdrant was waited for no longer (search)');
    expect(ms).toBeLessThan(5_000);
    await failureOf(points.nearest(asked(caller.signal)));
    expect([connections(), calls.map(({ outcome }) => outcome)]).toEqual([1, ['cancelled', 'cancelled']]);
  });
});

test('a server hears that nobody waits for its answer any more', async () => {
  const server = createHttp2Server();
  const told = new Promise<number | undefined>((resolve) => {
    server.on('stream', (stream) => {
      stream.on('error', () => undefined);
      stream.on('close', () => resolve(stream.rstCode));
      caller.abort();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  const channel = new GrpcChannel(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {});
  closing.unshift(() => channel.close());
  const caller = new AbortController();
  await failureOf(channel.unary({ path: '/x', frame: Buffer.alloc(5), timeoutMs: 20_000, signal: caller.signal }));
  expect(await told).toBe(constants.NGHTTP2_CANCEL);
});

test('errors tell neither addresses nor what was sent', async () => {
  const { error } = await failureOf(
    gatewayAt(await closedPort()).search(scope, 'space', { vector: Float32Array.from([1]), limit: 1, conditions: { asset_id: 'secret' } }),
  );
  expect((error as Error).message).toBe('Qdrant cannot be reached (describe_space)');
});
