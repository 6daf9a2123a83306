import { WebSocket } from 'ws';

export interface SocketReading {
  stop?: (messages: Record<string, unknown>[]) => boolean;
  protocols?: string[];
  headers?: Record<string, string>;
  withinMs?: number;
  onOpen?: (socket: WebSocket) => void;
}

export interface SocketResult {
  messages: Record<string, unknown>[];
  /** The closing code of the server; undefined where the test hung up. */
  code: number | undefined;
  protocol: string;
}

/** The server answered the upgrade with a status instead. */
export class SocketRefused extends Error {
  constructor(
    readonly status: number,
    readonly contentType: string,
    readonly body: string,
  ) {
    super(`the WebSocket was refused with ${status}: ${body}`);
  }
}

/** Reads a WebSocket until it has what the test waits for, or until the server closes it. */
export function readSocket(url: string, reading: SocketReading = {}): Promise<SocketResult> {
  const messages: Record<string, unknown>[] = [];
  const socket = new WebSocket(url.replace(/^http/, 'ws'), reading.protocols ?? [], { headers: reading.headers ?? {} });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => finish(new Error(`${url}: the awaited messages did not come; last: ${JSON.stringify(messages.at(-1))}`)),
      reading.withinMs ?? 20_000,
    );
    function finish(outcome: Error | number | undefined): void {
      clearTimeout(timer);
      socket.terminate();
      if (outcome instanceof Error) reject(outcome);
      else resolve({ messages, code: outcome, protocol: socket.protocol });
    }
    socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => finish(new SocketRefused(response.statusCode ?? 0, String(response.headers['content-type']), body)));
    });
    socket.on('error', (error) => finish(error));
    socket.on('open', () => reading.onOpen?.(socket));
    socket.on('close', (code) => finish(code));
    socket.on('message', (data) => {
      messages.push(JSON.parse(String(data)) as Record<string, unknown>);
      if (reading.stop?.(messages)) finish(undefined);
    });
  });
}
