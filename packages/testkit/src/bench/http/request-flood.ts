import { connect, type Socket } from 'node:net';

export interface Flood {
  port: number;
  connections: number;
  requests: number;
  body: object;
  headers: Record<string, string>;
}

const END_OF_HEADERS = Buffer.from('\r\n\r\n');

/** Sends one request after the other on each connection, as plain bytes: a generator that costs less than the servers it measures. Answers the milliseconds it took. */
export async function flood({ port, connections, requests, body, headers }: Flood): Promise<number> {
  const request = requestOf(port, body, headers);
  const startedAt = performance.now();
  let left = requests;
  const take = () => left-- > 0;
  await Promise.all(Array.from({ length: connections }, () => drive(port, request, take)));
  return performance.now() - startedAt;
}

function requestOf(port: number, body: object, headers: Record<string, string>): Buffer {
  const text = JSON.stringify(body);
  const lines = Object.entries({ host: `127.0.0.1:${port}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers });
  return Buffer.from(`POST /messages HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n${text}`);
}

function drive(port: number, request: Buffer, take: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const next = () => (take() ? socket.write(request) : void socket.end());
    const receive = receiver(next, (status) => reject(new Error(`a request was answered ${status}`)));
    socket.on('connect', next).on('data', receive).on('close', resolve).on('error', reject);
  });
}

/** Calls `answered` for each whole answer; every answer of a server is as long as its first one. */
function receiver(answered: () => void, refused: (status: string) => void): (this: Socket, chunk: Buffer) => void {
  let wanted = 0;
  let received = 0;
  return (chunk) => {
    if (wanted === 0) {
      wanted = lengthOf(chunk);
      const status = chunk.subarray(9, 12).toString();
      if (status !== '200') return refused(status);
    }
    received += chunk.length;
    if (received < wanted) return;
    received = 0;
    answered();
  };
}

function lengthOf(answer: Buffer): number {
  const end = answer.indexOf(END_OF_HEADERS);
  const length = /content-length: (\d+)/i.exec(answer.subarray(0, end).toString())?.[1];
  if (end < 0 || length === undefined) throw new Error('the first answer came in pieces, or without a length');
  return end + END_OF_HEADERS.length + Number(length);
}
