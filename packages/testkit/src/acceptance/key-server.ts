import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An identity provider's key set, whose fetches are counted and which can go away. */
export class KeyServer {
  fetches = 0;
  private keys: object[] = [];
  private answering = true;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<KeyServer> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const keys = new KeyServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`);
    server.on('request', (_request, response) => {
      keys.fetches++;
      if (!keys.answering) return response.writeHead(503).end();
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: keys.keys }));
    });
    return keys;
  }

  publish(...keys: object[]): void {
    this.keys = keys;
  }

  /** From now on every fetch is answered with an error. */
  goDown(): void {
    this.answering = false;
  }

  comeBack(): void {
    this.answering = true;
  }

  close(): void {
    this.server.close().closeAllConnections();
  }
}
