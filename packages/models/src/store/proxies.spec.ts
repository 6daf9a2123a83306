import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { KNOWN_MODELS, type KnownModel, ModelStore } from '../../dist/index.js';
import { type PullOptions, pullModel } from '../../dist/install.js';
import { StubHub } from '../fixtures/stub-hub.js';
import { writeTableModel } from '../fixtures/table-model.js';

const root = mkdtempSync(join(tmpdir(), 'cairn-proxies-'));
const published = join(root, 'published');
const KNOWN = { ...(KNOWN_MODELS.find(({ id }) => id === 'gte-small') as KnownModel), maxTokens: 64 };
let hub: StubHub;

const pull = (options: Partial<PullOptions>) =>
  pullModel(new ModelStore(mkdtempSync(join(root, 'store-'))), KNOWN, { quantise: false, offline: false, hub: hub.url, ...options });

/** A proxy that takes everything to the hub, whatever host was asked for; with `refuses` it does not. */
class StubProxy {
  readonly asked: string[] = [];
  refuses = false;
  private readonly server = createServer((request, response) => {
    this.asked.push(`${request.method} ${request.url}`);
    const { method, headers } = request;
    const { pathname } = new URL(request.url ?? '');
    get({ port: new URL(hub.url).port, path: pathname, method, headers }, (answer) =>
      answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers)),
    );
  }).on('connect', (request, socket: Socket) => {
    this.asked.push(`CONNECT ${request.url}`);
    if (this.refuses) socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    else {
      const through = connect(Number(new URL(hub.url).port), '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      through.pipe(socket).pipe(through);
      for (const end of [through, socket]) end.on('error', () => [through, socket].map((each) => each.destroy()));
    }
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

describe('behind a proxy, a known model', () => {
  let proxy: StubProxy;
  let address: string;
  beforeAll(() => writeTableModel(published, { dimension: 384 }));
  beforeEach(async () => {
    hub = new StubHub(published);
    await hub.start();
    proxy = new StubProxy();
    address = await proxy.start();
  });
  afterEach(() => {
    hub.stop();
    proxy.stop();
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it.each(['HTTP_PROXY', 'http_proxy'])(
    'E14: is fetched by way of %s, from a hub that only the proxy can reach',
    async (name) => {
      const { model } = await pull({ hub: 'http://hub.invalid', env: { [name]: address } });
      expect(model.id).toBe('gte-small');
      expect(proxy.asked.join('\n')).toContain('hub.invalid');
    },
    60_000,
  );

  it('E14: is asked for through HTTPS_PROXY when the hub speaks TLS, and the refusal of the proxy is told', async () => {
    proxy.refuses = true;
    await expect(pull({ hub: 'https://hub.invalid', env: { HTTPS_PROXY: address } })).rejects.toThrow(/hub.invalid cannot be reached: .*403/);
    expect(proxy.asked).toEqual(['CONNECT hub.invalid:443']);
  });

  it('E14: is fetched past the proxy from hosts in NO_PROXY', async () => {
    await pull({ env: { HTTP_PROXY: address, NO_PROXY: 'example.org,127.0.0.1' } });
    expect(proxy.asked).toEqual([]);
  }, 60_000);

  it('is not asked for when the address of the proxy cannot be one; a password in it is not shown', async () => {
    const refused = pull({ env: { HTTPS_PROXY: 'me:secret@proxy:3128' } });
    await expect(refused).rejects.toThrow('HTTPS_PROXY is not the address of a proxy. Write it as http://host:port.');
    expect(hub.asked).toEqual([]);
  });
});
