import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { runAsChild } from '../core/child-process.js';
import { isMessage } from './message.dto.js';

/** node:http and checks by hand: no framework can be faster than this. */
runAsChild<object>(async () => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(request, response, Buffer.concat(chunks)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = async () => server.closeAllConnections();
  return { answers: { port: () => ({ kind: 'port', port: (server.address() as { port: number }).port }) }, stop };
});

function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const known = request.method === 'POST' && request.url === '/messages';
  const message = known ? parse(body) : undefined;
  if (!known) send(response, 404, { title: 'Not found' });
  else if (!isMessage(message)) send(response, 422, { title: 'Unprocessable' });
  else send(response, 200, { ok: true, segments: message.segments.length });
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, status: number, value: object): void {
  const text = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
