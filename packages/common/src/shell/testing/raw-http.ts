import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

function parse(raw: string): RawAnswer {
  const [head = '', text = ''] = raw.split(/\r\n\r\n([\s\S]*)/);
  const [first = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  return { status: Number(first.split(' ')[1]), headers, text };
}

/** Sends bytes as they are and reads until the server closes. */
export function sendRaw(url: string, bytes: string): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let raw = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setEncoding('utf8').on('data', (data) => {
      raw += data;
    });
    socket.on('close', () => resolve(parse(raw))).on('error', reject);
  });
}

/** Posts a body of `bytes` and reads the answer only when all of it is sent, as many clients do; rejects when the server hangs up before. */
export function sendThenRead(url: string, path: string, bytes: number, headers: string, around: [string, string] = ['', '']): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let raw = '';
    const socket = connect(Number(port), hostname);
    socket.on('error', reject).on('close', () => resolve(parse(raw)));
    socket.setEncoding('utf8').pause();
    socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n\r\n${around[0]}`);
    const block = Buffer.alloc(1 << 20, 'x');
    for (let sent = 0; sent < bytes; sent += block.length) socket.write(block);
    const read = (data: string) => {
      raw += data;
    };
    socket.write(around[1], () => socket.on('data', read).resume());
  });
}

/** A keep-alive connection that is open and idle. */
export function openIdle(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n'));
    socket.once('data', () => resolve(socket)).on('error', reject);
  });
}
