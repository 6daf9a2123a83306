import { bearerOf, CairnError, Caller, Endpoint, FromQuery, IdFromPath, type JobId, Lifecycle, type TenantScope } from '@cairn/common';
import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EVENT_ANSWER, FEED_ANSWER } from '../jobs/jobs.schema.js';
import { EventSource, type FeedFilter } from './event-source.js';
import { FeedDto, JobEventsDto } from './events.dto.js';
import { sendSse } from './send-sse.js';
import { StreamAccess } from './stream-access.js';

const TAG = 'Events';
const RESUME = { 'Last-Event-ID': 'Resume after this event.' };

@Controller()
export class EventsController {
  constructor(
    private readonly source: EventSource,
    private readonly access: StreamAccess,
    private readonly lifecycle: Lifecycle,
  ) {}

  @Endpoint('GET /jobs/{id}/events', {
    summary: 'The events of a job as server-sent events, numbered 1..n; ends with the job.',
    permission: { scope: 'read' },
    answers: { 200: EVENT_ANSWER },
    errors: ['cursor_pruned'],
    stream: 'sse',
    headers: RESUME,
    tag: TAG,
  })
  async ofJob(
    @Caller() scope: TenantScope,
    @IdFromPath('id', 'job') id: string,
    @FromQuery() query: JobEventsDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const since = numberOf(lastEventId(request)) ?? query.since ?? 0;
    await this.source.assertJob(scope, id as JobId, since);
    await this.stream(request, reply, (signal) => this.source.ofJob(scope, id as JobId, since, signal));
  }

  @Endpoint('GET /events', {
    summary: 'The events of all jobs of the organisation, without a gap from any cursor.',
    description: 'Each event names the one before it in `prev`. With `Accept: application/json` it answers at once, or waits `wait` seconds.',
    permission: { scope: 'read' },
    answers: { 200: FEED_ANSWER },
    errors: ['invalid_cursor', 'cursor_pruned'],
    stream: 'sse',
    headers: RESUME,
    tag: TAG,
  })
  async ofOrganisation(@Caller() scope: TenantScope, @FromQuery() query: FeedDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const filter = filterOf(query);
    const start = await this.source.startOf(scope, lastEventId(request) ?? query.since);
    if (wantsJson(request)) return this.answerAtOnce(scope, start, filter, query.wait ?? 0, request, reply);
    return this.stream(request, reply, (signal) => this.source.ofOrganisation(scope, start, filter, signal));
  }

  // The upgrade itself is answered by EventSockets, on the server below the routes.
  @Endpoint('GET /jobs/{id}/ws', {
    summary: 'The events of a job as WebSocket messages.',
    description: 'The token comes in the header, as subprotocol `access_token.<token>` or, for tokens only, as query `token`. `since` resumes.',
    permission: { scope: 'read' },
    answers: { 101: 'Messages are the events.' },
    stream: 'ws',
    tag: TAG,
  })
  socketOfJob(@IdFromPath('id', 'job') _id: string): never {
    throw upgradeRequired();
  }

  @Endpoint('GET /events/ws', {
    summary: 'The events of all jobs of the organisation as WebSocket messages.',
    description: 'As `GET /events`; `since` resumes after a cursor.',
    permission: { scope: 'read' },
    answers: { 101: 'Messages are the events; `type: head` tells the cursor.' },
    stream: 'ws',
    tag: TAG,
  })
  socketOfOrganisation(): never {
    throw upgradeRequired();
  }

  private async answerAtOnce(
    scope: TenantScope,
    cursor: string,
    filter: FeedFilter,
    waitSeconds: number,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const gone = new AbortController();
    request.raw.on('close', () => gone.abort());
    const events = await this.source.poll(scope, cursor, filter, waitSeconds * 1_000, AbortSignal.any([this.lifecycle.draining, gone.signal]));
    await reply.send({ events, cursor: events.at(-1)?.id ?? cursor });
  }

  private async stream(request: FastifyRequest, reply: FastifyReply, open: (signal: AbortSignal) => Parameters<typeof sendSse>[1]): Promise<void> {
    const stream = new AbortController();
    const stop = () => stream.abort();
    this.lifecycle.draining.addEventListener('abort', stop, { once: true });
    if (this.lifecycle.draining.aborted) stop(); // it came on an open connection while the shutdown had begun
    const unwatch = this.access.watch(bearerOf(request.headers.authorization) as string, stream);
    try {
      await sendSse(reply, open(stream.signal), stream);
    } finally {
      unwatch();
      this.lifecycle.draining.removeEventListener('abort', stop);
    }
  }
}

/** The filter of a feed. */
export function filterOf(query: FeedDto): FeedFilter {
  return { jobId: query.job_id, collectionId: query.collection_id };
}

function lastEventId(request: FastifyRequest): string | undefined {
  const header = request.headers['last-event-id'];
  return typeof header === 'string' && header !== '' ? header : undefined;
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new CairnError('invalid_cursor', 'Last-Event-ID must be the number of an event of this job.');
  return Number(text);
}

function wantsJson(request: FastifyRequest): boolean {
  const accept = request.headers.accept ?? '';
  return accept.includes('application/json') && !accept.includes('text/event-stream');
}

function upgradeRequired(): CairnError {
  return new CairnError(
    'upgrade_required',
    'This address speaks WebSocket. Connect with a WebSocket client, or read the same events at the address without /ws.',
  );
}
