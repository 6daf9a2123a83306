import { type Access, CallerAccess, Endpoint, FromBody, FromQuery, IdFromPath, READ_COLLECTION, WRITE_COLLECTION } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { SOURCE_ANSWER } from '../collections/collections.schema.js';
import { OPERATION_ANSWER, OPERATIONS_ANSWER } from '../operations/operations.schema.js';
import { Write } from '../writes/write-request.decorator.js';
import { IDEMPOTENT, type WriteRequest } from '../writes/write-runner.js';
import { AddSourceDto, RemoveSourceDto, RunsOfSourceDto, UpdateSourceDto } from './sources.dto.js';
import { SourcesService } from './sources.service.js';

const TAG = 'Sources';

@Controller()
export class SourcesController {
  constructor(private readonly sources: SourcesService) {}

  @Endpoint(['POST /api/v2/collections/{id}/sources', 'POST /collections/{id}/sources'], {
    summary: 'Add a source to a collection, or look through it again.',
    description: 'New and changed files become documents, files that are gone are deleted, and what did not change is not read.',
    permission: WRITE_COLLECTION,
    answers: { 202: OPERATION_ANSWER },
    errors: ['forbidden', 'quota_exceeded', 'rate_limited', 'idempotency_mismatch', 'request_in_flight'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  add(@Write() write: WriteRequest, @IdFromPath('id', 'collection') id: string, @FromBody() dto: AddSourceDto) {
    return this.sources.add(write, id, dto);
  }

  @Endpoint('GET /api/v2/collections/{id}/sources/{source_id}', {
    summary: 'A source, when it is looked through next, and how that went last.',
    permission: READ_COLLECTION,
    answers: { 200: SOURCE_ANSWER },
    tag: TAG,
  })
  read(@CallerAccess() access: Access, @IdFromPath('id', 'collection') id: string, @IdFromPath('source_id', 'source') sourceId: string) {
    return this.sources.read(access, id, sourceId);
  }

  @Endpoint('PATCH /api/v2/collections/{id}/sources/{source_id}', {
    summary: 'Say how often a source is looked through, or pause that.',
    description: 'After a run that failed the next one comes later, and later still after more, up to a day.',
    permission: WRITE_COLLECTION,
    answers: { 200: SOURCE_ANSWER },
    errors: ['forbidden'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  update(
    @Write() write: WriteRequest,
    @IdFromPath('id', 'collection') id: string,
    @IdFromPath('source_id', 'source') sourceId: string,
    @FromBody() dto: UpdateSourceDto,
  ) {
    return this.sources.update(write, id, sourceId, dto);
  }

  @Endpoint('POST /api/v2/collections/{id}/sources/{source_id}/sync', {
    summary: 'Look through a source now, also when it is paused.',
    permission: WRITE_COLLECTION,
    answers: { 202: OPERATION_ANSWER },
    errors: ['conflict', 'forbidden'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  sync(@Write() write: WriteRequest, @IdFromPath('id', 'collection') id: string, @IdFromPath('source_id', 'source') sourceId: string) {
    return this.sources.sync(write, id, sourceId);
  }

  @Endpoint('GET /api/v2/collections/{id}/sources/{source_id}/runs', {
    summary: 'The operations that looked through a source, newest first.',
    permission: READ_COLLECTION,
    answers: { 200: OPERATIONS_ANSWER },
    tag: TAG,
  })
  runs(
    @CallerAccess() access: Access,
    @IdFromPath('id', 'collection') id: string,
    @IdFromPath('source_id', 'source') sourceId: string,
    @FromQuery() { limit }: RunsOfSourceDto,
  ) {
    return this.sources.runs(access, id, sourceId, limit);
  }

  @Endpoint(['DELETE /api/v2/collections/{id}/sources', 'DELETE /collections/{id}/sources'], {
    summary: 'Remove the source of this path, with its documents.',
    permission: WRITE_COLLECTION,
    answers: { 202: OPERATION_ANSWER },
    errors: ['forbidden'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  removeByPath(@Write() write: WriteRequest, @IdFromPath('id', 'collection') id: string, @FromQuery() query: RemoveSourceDto) {
    return this.sources.removeByPath(write, id, query.source_path);
  }

  @Endpoint(['DELETE /api/v2/collections/{id}/sources/{source_id}', 'DELETE /collections/{id}/sources/{source_id}'], {
    summary: 'Remove a source, with its documents.',
    permission: WRITE_COLLECTION,
    answers: { 202: OPERATION_ANSWER },
    errors: ['forbidden'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  removeById(@Write() write: WriteRequest, @IdFromPath('id', 'collection') id: string, @IdFromPath('source_id', 'source') sourceId: string) {
    return this.sources.removeById(write, id, sourceId);
  }
}
