import type { Server } from 'node:http';
import type { Socket } from 'node:net';

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
    this.server.closeIdleConnections();
    await closed;
  }

  destroyAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}
