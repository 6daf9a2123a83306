import { bearerOf, CairnError, type Lifecycle } from '@cairn/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendSse } from './send-sse.js';
import type { StreamAccess, StreamPermission } from './stream-access.js';

/** A stream as its route has it. */
export interface RouteStream {
  permission: StreamPermission;
  open(signal: AbortSignal): Parameters<typeof sendSse>[1];
}

/** Streams of server-sent events: they end with the caller's access, and when this process shuts down. */
export class SseStreams {
  constructor(
    private readonly access: StreamAccess,
    private readonly lifecycle: Lifecycle,
  ) {}

  async send(request: FastifyRequest, reply: FastifyReply, { permission, open }: RouteStream): Promise<void> {
    const stream = new AbortController();
    const stop = () => stream.abort();
    this.lifecycle.draining.addEventListener('abort', stop, { once: true });
    if (this.lifecycle.draining.aborted) stop(); // it came on an open connection while the shutdown had begun
    const unwatch = this.access.watch(bearerOf(request.headers.authorization) as string, permission, stream);
    try {
      await sendSse(reply, open(stream.signal), stream);
    } finally {
      unwatch();
      this.lifecycle.draining.removeEventListener('abort', stop);
    }
  }
}

export function lastEventId(request: FastifyRequest): string | undefined {
  const header = request.headers['last-event-id'];
  return typeof header === 'string' && header !== '' ? header : undefined;
}

/** For streams whose events are numbered. */
export function lastEventNumber(request: FastifyRequest): number | undefined {
  const text = lastEventId(request);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new CairnError('invalid_cursor', 'Last-Event-ID must be the number of an event of this stream.');
  return Number(text);
}

export function upgradeRequired(): CairnError {
  return new CairnError(
    'upgrade_required',
    'This address speaks WebSocket. Connect with a WebSocket client, or read the same events at the address of the server-sent events.',
  );
}
