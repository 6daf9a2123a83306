import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  accessOf,
  bearerOf,
  CairnError,
  endWithProblem,
  flawOfText,
  isLooseUuid,
  type JobId,
  looksLikeApiKey,
  noCollection,
  noOperation,
  type Principal,
  READ_COLLECTION,
  toCairnError,
} from '@cairn/common';
import { type WebSocket, WebSocketServer } from 'ws';
import type { OperationSource } from '../operations/operation-source.js';
import type { EventSource, StreamItem } from './event-source.js';
import type { StreamAccess, StreamPermission } from './stream-access.js';
import { untilTaken } from './until-taken.js';

const PROTOCOL = 'access_token.';
const MAX_FRAME_BYTES = 64_000;
/** Beyond this much on its way nothing more is written until the reader took it. */
const ENOUGH_ON_ITS_WAY_BYTES = 64_000;
const PING_MS = 15_000;
/** Closing codes: the credentials no longer hold; try again later. */
const POLICY = 1008;
const GOING_AWAY = 1001;

type Opener = (principal: Principal, signal: AbortSignal) => AsyncGenerator<StreamItem>;

/** What is read at an address. */
interface Stream {
  permission: StreamPermission;
  /** Throws what a caller is told for whom it is not there. */
  openerFor(principal: Principal): Promise<Opener>;
}

/** A socket that was opened, and on what terms. */
interface Reader {
  socket: WebSocket;
  token: string;
  permission: StreamPermission;
  principal: Principal;
}

const READ = { scope: 'read' } as const;

/** The WebSocket forms of the event streams: the same events as JSON messages. */
export class EventSockets {
  private readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    handleProtocols: (offered) => [...offered].find((name) => name.startsWith(PROTOCOL)) ?? false,
  });

  constructor(
    private readonly source: EventSource,
    private readonly operations: OperationSource,
    private readonly access: StreamAccess,
    private readonly options: { draining: AbortSignal; origins: readonly string[] },
  ) {}

  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.accept(request, socket, head).catch((error: unknown) => refuse(socket, error));
    });
  }

  private async accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const url = addressOf(request);
    this.checkOrigin(request);
    const token = tokenOf(request, url);
    const { permission, openerFor } = this.streamAt(url);
    const principal = await this.access.open(token, permission);
    const open = await openerFor(principal);
    this.sockets.handleUpgrade(request, socket, head, (websocket) => {
      void this.serve({ socket: websocket, token: token as string, permission, principal }, open);
    });
  }

  private checkOrigin(request: IncomingMessage): void {
    const origin = request.headers.origin;
    if (
      origin === undefined ||
      origin === `http://${request.headers.host}` ||
      origin === `https://${request.headers.host}` ||
      this.options.origins.includes(origin)
    )
      return;
    throw new CairnError('forbidden', 'WebSockets are not open to pages of this origin.');
  }

  private streamAt(url: URL): Stream {
    const jobId = /^\/jobs\/([^/]+)\/ws$/.exec(url.pathname)?.[1];
    const operationId = /^(?:\/api\/v2)?\/operations\/([^/]+)\/ws$|^\/ws\/operations\/([^/]+)$/.exec(url.pathname)?.slice(1).find(Boolean);
    const since = url.searchParams.get('since') ?? undefined;
    if (/^\/api\/v2\/operations\/ws$|^\/ws\/operations\/?$/.test(url.pathname))
      return { permission: READ_COLLECTION, openerFor: async () => this.operationsOpener(since) };
    if (operationId !== undefined)
      return { permission: READ_COLLECTION, openerFor: (principal) => this.operationOpener(principal, operationId.toLowerCase(), since) };
    if (jobId !== undefined) return { permission: READ, openerFor: (principal) => this.jobOpener(principal, jobId.toLowerCase(), since) };
    if (url.pathname === '/events/ws') return { permission: READ, openerFor: (principal) => this.feedOpener(principal, since, url.searchParams) };
    return { permission: READ, openerFor: noSocket };
  }

  private async jobOpener(principal: Principal, id: string, since = '0'): Promise<Opener> {
    if (!isLooseUuid(id)) throw new CairnError('not_found', 'There is no job with this id.');
    if (!/^\d{1,9}$/.test(since)) throw new CairnError('invalid_cursor', 'since must be the number of an event of this job.');
    await this.source.assertJob(accessOf(principal), id as JobId, Number(since));
    return (reader, signal) => this.source.ofJob(accessOf(reader), id as JobId, Number(since), signal);
  }

  private async operationOpener(principal: Principal, id: string, since: string | undefined): Promise<Opener> {
    if (!isLooseUuid(id)) throw noOperation();
    if (since !== undefined && !/^\d{1,9}$/.test(since)) throw new CairnError('invalid_cursor', 'since must be the number of an event of this operation.');
    await this.operations.assertReadable(accessOf(principal), id);
    return (reader, signal) => this.operations.of(accessOf(reader), id, since === undefined ? undefined : Number(since), signal);
  }

  private operationsOpener(since: string | undefined): Opener {
    if (since !== undefined) throw new CairnError('invalid_cursor', 'since is for one operation. All of them begin with how they are now.');
    return (reader, signal) => this.operations.ofAll(accessOf(reader), signal);
  }

  private async feedOpener(principal: Principal, since: string | undefined, asked: URLSearchParams): Promise<Opener> {
    const [jobId, collection] = [asked.get('job_id') ?? undefined, asked.get('collection_id') ?? undefined];
    if (jobId !== undefined && !isLooseUuid(jobId)) throw new CairnError('not_found', 'There is no job with this id.');
    if (collection !== undefined && flawOfText(collection) !== undefined) throw noCollection();
    const filter = await this.source.filterOf(accessOf(principal), jobId, collection);
    const start = await this.source.startOf(principal.scope, since);
    return (reader, signal) => this.source.ofOrganisation(accessOf(reader), start, filter, signal);
  }

  private async serve({ socket, token, permission, principal }: Reader, open: Opener): Promise<void> {
    const stream = new AbortController();
    const stop = () => stream.abort();
    const unwatch = this.access.watch(token, permission, stream);
    const pinging = setInterval(() => socket.ping(), PING_MS);
    this.options.draining.addEventListener('abort', stop, { once: true });
    if (this.options.draining.aborted) stop();
    socket.on('close', stop).on('error', stop);
    try {
      for await (const item of open(principal, stream.signal)) {
        const text = JSON.stringify(messageOf(item));
        if (socket.bufferedAmount < ENOUGH_ON_ITS_WAY_BYTES) socket.send(text);
        else await untilTaken(stream.signal, (taken) => socket.send(text, taken));
      }
      socket.close(...closingOf(stream.signal, this.options.draining));
    } catch {
      socket.close(1011, 'try again');
    } finally {
      clearInterval(pinging);
      unwatch();
      this.options.draining.removeEventListener('abort', stop);
    }
  }
}

async function noSocket(): Promise<never> {
  throw new CairnError('not_found', 'There is no WebSocket at this address.');
}

function messageOf({ id, name, data }: StreamItem): object {
  if (name !== undefined) return { type: name, ...data };
  return 'job_id' in data ? { id, ...data } : data;
}

function closingOf(stream: AbortSignal, draining: AbortSignal): [number, string] {
  if (draining.aborted) return [GOING_AWAY, 'shutting down, connect again'];
  return stream.reason instanceof CairnError ? [POLICY, stream.reason.code] : [1000, 'the job has ended'];
}

function addressOf(request: IncomingMessage): URL {
  const text = `http://localhost${request.url ?? '/'}`;
  if (!URL.canParse(text)) throw new CairnError('bad_request', 'The address is not a valid URL.');
  return new URL(text);
}

// Browsers cannot set headers on a WebSocket: the token may come as a subprotocol or, being short-lived, in the query. A key never may.
function tokenOf(request: IncomingMessage, url: URL): string | undefined {
  const offered = String(request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .find((name) => name.startsWith(PROTOCOL));
  const inQuery = url.searchParams.get('token') ?? undefined;
  if (inQuery !== undefined && looksLikeApiKey(inQuery))
    throw new CairnError('unauthenticated', 'An API key must not be sent in the address. Send it in the header Authorization.');
  return bearerOf(request.headers.authorization) ?? offered?.slice(PROTOCOL.length) ?? inQuery;
}

function refuse(socket: Duplex, error: unknown): void {
  endWithProblem(socket, toCairnError(error), randomUUID());
}
