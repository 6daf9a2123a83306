import { type Access, CallerAccess, Endpoint, FromBody, FromQuery, IdFromPath, READ_COLLECTION, WRITE_COLLECTION } from '@cairn/common';
import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ReindexDto } from '../collections/collections.dto.js';
import { ReindexService } from '../collections/reindex.service.js';
import { FEED_CURSOR_HEADER, tellFeedCursor } from '../events/feed-cursor-header.js';
import { lastEventNumber, SseStreams, upgradeRequired } from '../events/sse-streams.js';
import { Write } from '../writes/write-request.decorator.js';
import { IDEMPOTENT, type WriteRequest } from '../writes/write-runner.js';
import { OperationSource } from './operation-source.js';
import { ListOperationsDto, OperationEventsDto, OperationsOfCollectionDto } from './operations.dto.js';
import { OPERATION_ANSWER, OPERATION_LIST_ANSWER, OPERATION_MESSAGE, OPERATIONS_ANSWER } from './operations.schema.js';
import { OperationsService } from './operations.service.js';

const TAG = 'Operations';

@Controller()
export class OperationsController {
  constructor(
    private readonly operations: OperationsService,
    private readonly reindexing: ReindexService,
    private readonly source: OperationSource,
    private readonly streams: SseStreams,
  ) {}

  @Endpoint(['POST /api/v2/collections/{id}/reindex', 'POST /collections/{id}/reindex'], {
    summary: 'Make the documents of a collection again.',
    description:
      'With other settings, or `force`, all of them go into a new index; the old one is found until the new one is whole, and then the new one at once. Otherwise only documents that failed or wait. With `verify` both are asked the same queries before that: where they agree too little, the operation fails with the numbers in its `result`, and the old one goes on.',
    permission: WRITE_COLLECTION,
    answers: { 202: OPERATION_ANSWER },
    errors: ['conflict', 'forbidden', 'unknown_model', 'model_not_installed'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  reindex(@Write() write: WriteRequest, @IdFromPath('id', 'collection') id: string, @FromBody() dto: ReindexDto) {
    return this.reindexing.reindex(write, id, dto);
  }

  @Endpoint('POST /api/v2/collections/{id}/rollback', {
    summary: 'Go back to how the collection was before its last reindex.',
    description:
      'Documents that changed since are brought into the earlier index first; then it serves, at once. It is kept for some time only, a day by default.',
    permission: WRITE_COLLECTION,
    answers: { 202: OPERATION_ANSWER },
    errors: ['conflict', 'forbidden'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  rollback(@Write() write: WriteRequest, @IdFromPath('id', 'collection') id: string) {
    return this.reindexing.rollback(write, id);
  }

  @Endpoint('POST /collections/{id}/index', {
    summary: 'Index what is not indexed yet.',
    permission: WRITE_COLLECTION,
    answers: { 202: { type: 'object', properties: { task_id: { type: 'string', format: 'uuid' } }, required: ['task_id'] } },
    errors: ['forbidden'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  index(@Write() write: WriteRequest, @IdFromPath('id', 'collection') id: string) {
    return this.reindexing.index(write, id);
  }

  @Endpoint(['GET /api/v2/operations', 'GET /indexing'], {
    summary: 'The operations on collections that you may read, newest first.',
    permission: READ_COLLECTION,
    answers: { 200: OPERATION_LIST_ANSWER },
    answerHeaders: FEED_CURSOR_HEADER,
    errors: ['not_found'],
    tag: TAG,
  })
  async list(@CallerAccess() access: Access, @FromQuery() query: ListOperationsDto, @Res({ passthrough: true }) reply: FastifyReply) {
    const { answer, feedCursor } = await this.operations.list(access, query);
    tellFeedCursor(reply, feedCursor);
    return answer;
  }

  @Endpoint(['GET /api/v2/collections/{id}/operations', 'GET /collections/{id}/operations'], {
    summary: 'The operations on a collection, newest first.',
    permission: READ_COLLECTION,
    answers: { 200: OPERATIONS_ANSWER },
    answerHeaders: FEED_CURSOR_HEADER,
    tag: TAG,
  })
  async ofCollection(
    @CallerAccess() access: Access,
    @IdFromPath('id', 'collection') id: string,
    @FromQuery() query: OperationsOfCollectionDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { answer, feedCursor } = await this.operations.ofCollection(access, id, query.limit);
    tellFeedCursor(reply, feedCursor);
    return answer;
  }

  @Endpoint(['GET /api/v2/operations/{id}', 'GET /indexing/{id}'], {
    summary: 'An operation and how far it is.',
    permission: READ_COLLECTION,
    answers: { 200: OPERATION_ANSWER },
    tag: TAG,
  })
  read(@CallerAccess() access: Access, @IdFromPath('id', 'operation') id: string) {
    return this.operations.read(access, id);
  }

  @Endpoint('DELETE /api/v2/operations/{id}', {
    summary: 'Cancel an operation that waits or runs.',
    description: 'What was done by then stays.',
    permission: WRITE_COLLECTION,
    answers: { 200: OPERATION_ANSWER },
    errors: ['operation_ended', 'forbidden'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  cancel(@Write() write: WriteRequest, @IdFromPath('id', 'operation') id: string) {
    return this.operations.cancel(write, id);
  }

  @Endpoint('GET /api/v2/operations/{id}/events', {
    summary: 'What happens to an operation, as server-sent events; ends with the operation.',
    description: 'The first one, `current_state`, says how it was at the event to resume from, or how it is now.',
    permission: READ_COLLECTION,
    answers: { 200: OPERATION_MESSAGE },
    stream: 'sse',
    headers: { 'Last-Event-ID': 'Resume after this event.' },
    tag: TAG,
  })
  async events(
    @CallerAccess() access: Access,
    @IdFromPath('id', 'operation') id: string,
    @FromQuery() query: OperationEventsDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const since = lastEventNumber(request) ?? query.since;
    await this.source.assertReadable(access, id);
    await this.streams.send(request, reply, { permission: READ_COLLECTION, open: (signal) => this.source.of(access, id, since, signal) });
  }

  @Endpoint(['GET /api/v2/operations/ws', 'GET /ws/operations'], {
    summary: 'What happens to all operations on collections that you may read, as WebSocket messages.',
    description:
      'The token comes as for one operation. The first message, `current_state`, has those that wait or run in `data.operations`; every other one is an event, with `operation_id` and `collection_id`, and `id` is its number among those of its operation.',
    permission: READ_COLLECTION,
    answers: { 101: 'Messages as those of one operation.' },
    stream: 'ws',
    tag: TAG,
  })
  socketOfAll(): never {
    throw upgradeRequired();
  }

  // The upgrade itself is answered by EventSockets, on the server below the routes.
  @Endpoint(['GET /api/v2/operations/{id}/ws', 'GET /ws/operations/{id}'], {
    summary: 'What happens to an operation, as WebSocket messages.',
    description:
      'The token comes in the header, as subprotocol `access_token.<token>` or, for tokens only, as query `token`. `since` resumes after an event. Every message has `percentage`.',
    permission: READ_COLLECTION,
    answers: { 101: 'Messages as those of the server-sent events.' },
    stream: 'ws',
    tag: TAG,
  })
  socket(@IdFromPath('id', 'operation') _id: string): never {
    throw upgradeRequired();
  }
}
