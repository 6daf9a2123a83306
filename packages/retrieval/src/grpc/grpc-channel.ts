import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants, type IncomingHttpHeaders } from 'node:http2';
import { DeadlineExceeded } from '../qdrant-errors.js';
import { traceHeaders } from '../traced.js';

/** Bytes before each gRPC message: one flag for compression (we never compress) and the length. */
export const FRAME_HEADER_BYTES = 5;

/** The server answered with a status other than OK. */
export class GrpcStatusError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'GrpcStatusError';
  }
}

export interface UnaryCall {
  path: string;
  /** The message after FRAME_HEADER_BYTES free bytes, which are filled in here. */
  frame: Buffer;
  timeoutMs: number;
  /** Aborted when nobody waits any more. */
  signal?: AbortSignal | undefined;
}

const INTERNAL = 13;

/**
 * Unary gRPC calls over one kept HTTP/2 connection. A connection that broke, was closed by the server or let a call run into its deadline
 * is given up, and the next call opens a new one. The connection alone does not keep the process alive.
 */
export class GrpcChannel {
  private session: ClientHttp2Session | undefined;
  private readonly url: string;

  /** `http://` and `https://` addresses, also when they are spelled `grpc://` and `grpcs://`. */
  constructor(
    url: string,
    private readonly metadata: Record<string, string>,
  ) {
    this.url = url.replace(/^grpc(s?):/, 'http$1:');
  }

  /** The answer's message. Rejects with GrpcStatusError, DeadlineExceeded, or what broke the connection. */
  async unary(call: UnaryCall): Promise<Buffer> {
    call.signal?.throwIfAborted();
    const session = this.openSession();
    call.frame.writeUInt8(0, 0);
    call.frame.writeUInt32BE(call.frame.length - FRAME_HEADER_BYTES, 1);
    const stream = session.request(this.headersOf(call));
    stream.end(call.frame);
    return readAnswer(stream, call, () => this.giveUp(session));
  }

  async close(): Promise<void> {
    const session = this.session;
    this.session = undefined;
    if (!session || session.closed || session.destroyed) return;
    await new Promise<void>((resolve) => session.close(resolve));
  }

  private headersOf({ path, timeoutMs }: UnaryCall): Record<string, string> {
    return {
      ...traceHeaders(),
      ...this.metadata,
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-timeout': `${timeoutMs}m`,
    };
  }

  private openSession(): ClientHttp2Session {
    if (this.session && !this.session.closed && !this.session.destroyed) return this.session;
    const session = connect(this.url, { settings: { enablePush: false } });
    session.on('connect', () => session.unref());
    session.on('error', () => this.giveUp(session)); // each call under way hears of it on its own stream
    session.on('goaway', () => this.giveUp(session));
    session.on('close', () => this.giveUp(session));
    this.session = session;
    return session;
  }

  private giveUp(session: ClientHttp2Session): void {
    if (this.session === session) this.session = undefined;
    if (!session.closed) session.close();
  }
}

/** The message of the answer; a stream that is still open at the deadline is cancelled, after `onDeadline`, and one that nobody waits for is so at once. */
function readAnswer(stream: ClientHttp2Stream, { timeoutMs, signal }: UnaryCall, onDeadline: () => void): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let status: IncomingHttpHeaders = {};
  const addStatus = (headers: IncomingHttpHeaders) => {
    status = { ...status, ...headers };
  };
  return new Promise((resolve, reject) => {
    const cancel = (reason: unknown) => {
      reject(reason);
      stream.close(constants.NGHTTP2_CANCEL);
    };
    const leave = () => cancel(signal?.reason);
    const timer = setTimeout(() => {
      onDeadline();
      cancel(new DeadlineExceeded(timeoutMs));
    }, timeoutMs);
    signal?.addEventListener('abort', leave, { once: true });
    stream.on('response', addStatus);
    stream.on('trailers', addStatus);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('close', () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', leave);
      settle(() => messageOf(status, chunks), resolve, reject);
    });
  });
}

function settle<T>(make: () => T, resolve: (value: T) => void, reject: (error: unknown) => void): void {
  try {
    resolve(make());
  } catch (error) {
    reject(error);
  }
}

function messageOf(status: IncomingHttpHeaders, chunks: Buffer[]): Buffer {
  if (status['grpc-status'] === undefined) throw new Error(`The connection ended without a gRPC status (http ${status[':status'] ?? 'none'})`);
  const code = Number(status['grpc-status']);
  if (code !== 0) throw new GrpcStatusError(code, decodeMessage(String(status['grpc-message'] ?? '')));
  const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  if (body.length < FRAME_HEADER_BYTES || body[0] !== 0) throw new GrpcStatusError(INTERNAL, 'the answer is not one uncompressed message');
  return body.subarray(FRAME_HEADER_BYTES);
}

function decodeMessage(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
