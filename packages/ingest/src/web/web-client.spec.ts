import { once } from 'node:events';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { CairnError } from '@cairn/common/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { FORBIDDEN_ADDRESSES, FORBIDDEN_HOSTS } from '../fixtures/forbidden-addresses.js';
import { serve, type TestServer } from '../fixtures/serve.js';
import { isPublicAddress } from './addresses.js';
import { WebClient, type WebClientOptions } from './web-client.js';

/** Nobody may come here. */
let sink: TestServer;
/** The operator allows this one. */
let server: TestServer;
let body: Buffer | string = 'hello';
let headers: Record<string, string> = {};
const clients: WebClient[] = [];

function clientOf(options: WebClientOptions = {}): WebClient {
  const client = new WebClient({ allow: [server.host], ports: [sink.port], ...options });
  clients.push(client);
  return client;
}

beforeAll(async () => {
  sink = await serve((_, response) => response.end('reached'));
  server = await serve((request, response) => {
    const to = new URL(request.url as string, 'http://x').searchParams.get('to');
    if (to !== null) response.writeHead(302, { location: Buffer.from(to).toString('latin1') }).end();
    else response.writeHead(200, headers).end(body);
  });
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  body = 'hello';
  headers = {};
});

afterAll(async () => {
  await sink.close();
  await server.close();
});

const get = async (client: WebClient, url: string, maxBytes = 1_000) => text((await client.request(url, { maxBytes })).body);
const refusal = (code: string) => expect.objectContaining({ name: 'CairnError', code });

describe('what is not on the open internet', () => {
  it('is more than 300 forms of addresses', () => {
    expect(new Set(FORBIDDEN_HOSTS).size).toBeGreaterThan(300);
    expect(FORBIDDEN_ADDRESSES.filter(isPublicAddress)).toEqual([]);
    expect(['', 'x', '1.2.3', 'fe80::1%eth0', '2606:4700::1%1'].filter(isPublicAddress)).toEqual([]);
    const open = [
      '1.1.1.1',
      '8.8.8.8',
      '100.63.0.1',
      '100.128.0.1',
      '172.15.0.1',
      '172.32.0.1',
      '192.167.0.1',
      '169.253.0.1',
      '223.255.255.255',
      '2606:4700::1',
      '2a00:1450::1',
      '2001:200::1',
    ];
    expect(open.filter((address) => !isPublicAddress(address))).toEqual([]);
  });

  it('is refused when it is asked for, before anybody is connected to', async () => {
    const client = clientOf();
    for (const host of FORBIDDEN_HOSTS) {
      for (const url of [`http://${host}:${sink.port}/`, `https://${host}/`]) {
        expect(() => client.rules.check(url)).toThrow(CairnError);
        await expect(get(client, url)).rejects.toThrow(CairnError);
      }
    }
    expect(sink.connections()).toBe(0);
  });

  it('is refused when a server redirects to it', async () => {
    const client = clientOf({ resolve: async () => [] });
    const before = server.requests.length;
    for (const host of FORBIDDEN_HOSTS) {
      await expect(get(client, `${server.url}/?to=${encodeURIComponent(`http://${host}:${sink.port}/`)}`)).rejects.toThrow(CairnError);
    }
    expect(server.requests.length - before).toBe(FORBIDDEN_HOSTS.length);
    expect(sink.connections()).toBe(0);
  });

  it('is refused when a name has it among its addresses', async () => {
    let answers: string[] = [];
    const client = clientOf({ resolve: async () => answers });
    for (const address of FORBIDDEN_ADDRESSES) {
      for (answers of [[address], ['1.1.1.1', address], [address, '2606:4700::1']]) {
        await expect(get(client, `http://rebinding.example:${sink.port}/`)).rejects.toEqual(refusal('forbidden'));
      }
    }
    expect(sink.connections()).toBe(0);
  });

  it('is refused when a name has it the second time only', async () => {
    let asked = 0;
    const client = clientOf({ resolve: async () => (asked++ % 2 === 0 ? ['203.0.114.1'] : ['127.0.0.1']), limits: { connectMs: 50 } });
    for (let round = 0; round < 10; round++) await expect(get(client, `http://rebinding.example:${sink.port}/`)).rejects.toThrow(CairnError);
    // Asked once for each connection: what was looked at is what is connected to.
    expect(asked).toBe(10);
    expect(sink.connections()).toBe(0);
  });

  it.each(['ftp://example.com/', 'file:///etc/passwd', 'gopher://x.example/', 'javascript:1', 'data:,x', '', 'example.com', 'http://', '//x.example'])(
    'nor is what is no address of the web: %s',
    (url) => expect(() => clientOf().rules.check(url)).toThrow(refusal('invalid_input')),
  );

  it('nor is an address of more than 2,048 characters', () => {
    expect(() => clientOf().rules.check(`http://x.example/${'a'.repeat(2_048)}`)).toThrow(refusal('invalid_input'));
  });

  it('nor is an address with credentials or another port', () => {
    const { rules } = clientOf();
    for (const url of ['http://user:secret@example.com/', `http://example.com@127.0.0.1:${sink.port}/`]) {
      expect(() => rules.check(url)).toThrow(refusal('invalid_input'));
      expect(() => rules.check(url)).not.toThrow(/secret/);
    }
    for (const port of [22, 5432, 6333, 4222, 65_535]) expect(() => rules.check(`http://example.com:${port}/`)).toThrow(refusal('forbidden'));
  });

  it('says nothing of the query of an address, or of credentials in it', () => {
    for (const url of ['http://127.0.0.1/path?token=secret', 'ssh://me:secret@x.example/?secret', 'http://x:secret@[/#secret']) {
      expect(() => clientOf().rules.check(url)).toThrow(/^(?!.*secret)/s);
      expect(() => clientOf().rules.check(url)).not.toThrow(/secret/);
    }
  });
});

describe('what the operator allows', () => {
  it('is that host and port, in any way to write it, and no other', async () => {
    const client = clientOf({ resolve: async () => ['127.0.0.1'], allow: [server.host, `Name.Example:${server.port}`, '[::1]:9'], ports: [] });
    expect(await get(client, server.url)).toBe('hello');
    expect(await get(client, `http://0x7f.1:${server.port}/`)).toBe('hello');
    expect(await get(client, `http://name.example:${server.port}/`)).toBe('hello');
    expect(client.rules.check('http://[0::1]:9/').href).toBe('http://[::1]:9/');
    await expect(get(client, `http://other.example:${server.port}/`)).rejects.toEqual(refusal('forbidden'));
    await expect(get(client, `http://127.0.0.2:${server.port}/`)).rejects.toEqual(refusal('forbidden'));
    await expect(get(client, `http://127.0.0.1:${sink.port}/`)).rejects.toEqual(refusal('forbidden'));
  });

  it('must be a host and a port', () => {
    expect(() => new WebClient({ allow: ['what is this'] })).toThrow('what is this is not a host and a port');
  });

  it('is reached without a proxy, whatever the environment says', async () => {
    process.env.http_proxy = process.env.HTTP_PROXY = sink.url;
    try {
      expect(await get(clientOf(), server.url)).toBe('hello');
      expect(sink.connections()).toBe(0);
    } finally {
      delete process.env.http_proxy;
      delete process.env.HTTP_PROXY;
    }
  });
});

describe('a request', () => {
  it('follows five redirects and no more', async () => {
    const via = (times: number): string => (times === 0 ? server.url : `${server.url}/?to=${encodeURIComponent(via(times - 1))}`);
    expect(await get(clientOf(), via(5))).toBe('hello');
    await expect(get(clientOf(), via(6))).rejects.toEqual(refusal('invalid_input'));
    await expect(get(clientOf(), `${server.url}/?to=${encodeURIComponent('http://[')}`)).rejects.toEqual(refusal('invalid_input'));
  });

  it('shows credentials to nobody but whom they are for', async () => {
    const other = await serve((_, response) => response.end('other'));
    const client = clientOf({ allow: [server.host, other.host] });
    const { body } = await client.request(`${server.url}/?to=${encodeURIComponent(other.url)}`, {
      maxBytes: 100,
      headers: { authorization: 'Bearer x', cookie: 'y' },
    });
    expect(await text(body)).toBe('other');
    expect(server.requests.at(-1)?.headers.authorization).toBe('Bearer x');
    expect(other.requests.at(-1)?.headers).not.toHaveProperty('authorization');
    expect(other.requests.at(-1)?.headers).not.toHaveProperty('cookie');
    await other.close();
  });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('unpacks %s, and counts what comes out', async (encoding, pack) => {
    headers = { 'content-encoding': encoding };
    body = pack(Buffer.from('a'.repeat(1_000)));
    expect(await get(clientOf(), server.url)).toBe('a'.repeat(1_000));
    body = pack(Buffer.alloc(50_000_000));
    expect(body.length).toBeLessThan(100_000);
    await expect(get(clientOf(), server.url, 100_000)).rejects.toEqual(refusal('too_large'));
    body = 'not packed';
    await expect(get(clientOf(), server.url)).rejects.toEqual(refusal('unavailable'));
  });

  it('refuses what is packed in another way', async () => {
    headers = { 'content-encoding': 'zstd' };
    await expect(get(clientOf(), server.url)).rejects.toEqual(refusal('invalid_input'));
  });

  it('gives an answer of any status to the caller', async () => {
    const failing = await serve((_, response) => response.writeHead(500).end('no'));
    const answer = await clientOf({ allow: [failing.host] }).request(failing.url, { maxBytes: 10 });
    expect(answer).toMatchObject({ status: 500, url: new URL(failing.url) });
    answer.body.destroy();
    await failing.close();
  });

  it('ends when it is told to', async () => {
    const { hang, close } = await startHanging('');
    const stop = new AbortController();
    const waiting = clientOf({ allow: [hang] }).request(`http://${hang}`, { maxBytes: 10, signal: stop.signal });
    setTimeout(() => stop.abort(new Error('stop')), 50);
    await expect(waiting).rejects.toThrow('stop');
    await close();
  });

  it.each([
    ['says nothing', '', { headersMs: 200 }],
    ['stops in its headers', 'HTTP/1.1 200 OK\r\nx: ', { totalMs: 200 }],
    ['stops in its body', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab', { idleMs: 200 }],
    ['takes too long altogether', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab', { totalMs: 200 }],
  ])('gives up a server that %s', async (_, words, limits) => {
    const { hang, close } = await startHanging(words);
    const start = performance.now();
    await expect(get(clientOf({ allow: [hang], limits }), `http://${hang}`)).rejects.toEqual(refusal('unavailable'));
    expect(performance.now() - start).toBeLessThan(10_000);
    await close();
  });

  it('gives up a server that sends a byte now and then', async () => {
    const drip = await serve((_, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    });
    const client = clientOf({ allow: [drip.host], limits: { patienceMs: 300, leastBytesPerSecond: 1_000 } });
    await expect(get(client, drip.url)).rejects.toEqual(refusal('unavailable'));
    await drip.close();
  });

  it('does not hold it against a server that its reader is slow', async () => {
    body = Buffer.alloc(2_000_000);
    const { body: slow } = await clientOf({ limits: { patienceMs: 100, leastBytesPerSecond: 10_000_000 } }).request(server.url, { maxBytes: 3_000_000 });
    let bytes = 0;
    for await (const chunk of slow) {
      bytes += chunk.length;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(bytes).toBe(2_000_000);
  });

  it('says that a name is not known, and when nobody answers', async () => {
    const client = clientOf({ resolve: async () => [] });
    await expect(get(client, 'http://unknown.example/')).rejects.toEqual(refusal('unavailable'));
    const late = clientOf({ resolve: () => new Promise(() => undefined), limits: { resolveMs: 50 } });
    await expect(get(late, 'http://unknown.example/')).rejects.toEqual(refusal('unavailable'));
    const gone = await serve(() => undefined);
    await gone.close();
    await expect(get(clientOf({ allow: [gone.host] }), gone.url)).rejects.toEqual(refusal('unavailable'));
  });

  it('that nobody reads the answer of is let go of', async () => {
    const { hang, close, closed } = await startHanging('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab');
    await clientOf({ allow: [hang], limits: { totalMs: 100 } }).request(`http://${hang}`, { maxBytes: 10 });
    await closed;
    await close();
  });
});

/** A server that says something to whoever comes, and nothing more. */
async function startHanging(words: string) {
  let leave: () => void;
  const closed = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const hanging = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('close', () => leave());
    socket.on('end', () => socket.end());
    socket.resume().write(words);
  });
  hanging.listen(0, '127.0.0.1');
  await once(hanging, 'listening');
  const { port } = hanging.address() as { port: number };
  const close = () => new Promise((resolve) => hanging.close(resolve));
  return { hang: `127.0.0.1:${port}`, close, closed };
}
