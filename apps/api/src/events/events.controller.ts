import { type Access, CallerAccess, Endpoint, FromQuery, IdFromPath, type JobId, Lifecycle } from '@cairn/common';
import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EVENT_ANSWER, FEED_ANSWER } from '../jobs/jobs.schema.js';
import { EventSource, type FeedFilter } from './event-source.js';
import { FeedDto, JobEventsDto } from './events.dto.js';
import { lastEventId, lastEventNumber, SseStreams, upgradeRequired } from './sse-streams.js';

const TAG = 'Events';
const READ = { scope: 'read' } as const;
const RESUME = { 'Last-Event-ID': 'Resume after this event.' };

@Controller()
export class EventsController {
  constructor(
    private readonly source: EventSource,
    private readonly streams: SseStreams,
    private readonly lifecycle: Lifecycle,
  ) {}

  @Endpoint('GET /jobs/{id}/events', {
    summary: 'The events of a job as server-sent events, numbered 1..n; ends with the job.',
    permission: READ,
    answers: { 200: EVENT_ANSWER },
    errors: ['cursor_pruned'],
    stream: 'sse',
    headers: RESUME,
    tag: TAG,
  })
  async ofJob(
    @CallerAccess() access: Access,
    @IdFromPath('id', 'job') id: string,
    @FromQuery() query: JobEventsDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const since = lastEventNumber(request) ?? query.since ?? 0;
    await this.source.assertJob(access, id as JobId, since);
    await this.streams.send(request, reply, { permission: READ, open: (signal) => this.source.ofJob(access, id as JobId, since, signal) });
  }

  @Endpoint('GET /events', {
    summary: 'The events of all jobs of the organisation that you may read, without a gap from any cursor.',
    description:
      'Each event names the one before it in `prev`, of those that you may read: jobs of a collection are there for those who may read it. With `Accept: application/json` it answers at once, or waits `wait` seconds.',
    permission: READ,
    answers: { 200: FEED_ANSWER },
    errors: ['not_found', 'invalid_cursor', 'cursor_pruned'],
    stream: 'sse',
    headers: RESUME,
    tag: TAG,
  })
  async ofOrganisation(@CallerAccess() access: Access, @FromQuery() query: FeedDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const filter = await this.source.filterOf(access, query.job_id, query.collection_id);
    const start = await this.source.startOf(access.scope, lastEventId(request) ?? query.since);
    if (wantsJson(request)) return this.answerAtOnce(access, start, filter, query.wait ?? 0, request, reply);
    return this.streams.send(request, reply, { permission: READ, open: (signal) => this.source.ofOrganisation(access, start, filter, signal) });
  }

  // The upgrade itself is answered by EventSockets, on the server below the routes.
  @Endpoint('GET /jobs/{id}/ws', {
    summary: 'The events of a job as WebSocket messages.',
    description: 'The token comes in the header, as subprotocol `access_token.<token>` or, for tokens only, as query `token`. `since` resumes.',
    permission: READ,
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
    permission: READ,
    answers: { 101: 'Messages are the events; `type: head` tells the cursor.' },
    stream: 'ws',
    tag: TAG,
  })
  socketOfOrganisation(): never {
    throw upgradeRequired();
  }

  private async answerAtOnce(
    access: Access,
    cursor: string,
    filter: FeedFilter,
    waitSeconds: number,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const gone = new AbortController();
    request.raw.on('close', () => gone.abort());
    const events = await this.source.poll(access, cursor, filter, waitSeconds * 1_000, AbortSignal.any([this.lifecycle.draining, gone.signal]));
    await reply.send({ events, cursor: events.at(-1)?.id ?? cursor });
  }
}

function wantsJson(request: FastifyRequest): boolean {
  const accept = request.headers.accept ?? '';
  return accept.includes('application/json') && !accept.includes('text/event-stream');
}
