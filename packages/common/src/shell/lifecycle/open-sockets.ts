import type { Server } from 'node:http';
import type { Socket } from 'node:net';

const LOOK_MS = 20;

/** The sockets of a server, WebSocket ones included, which `closeAllConnections` does not know. */
export class OpenSockets {
  private readonly sockets = new Set<Socket>();

  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  /** Stops listening and lets what is in flight finish; idle connections are closed at once. */
  async finish(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    // A connection that was busy at the close is kept alive by Node when its answer is out: look again and again.
    const closing = setInterval(() => this.server.closeIdleConnections(), LOOK_MS);
    await closed;
    clearInterval(closing);
  }

  destroyAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}
