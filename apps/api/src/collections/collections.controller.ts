import { type Access, CallerAccess, Endpoint, FromBody, FromQuery, IdFromPath, READ_COLLECTION, WRITE_COLLECTION } from '@cairn/common';
import { Controller, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Write } from '../writes/write-request.decorator.js';
import { IDEMPOTENT, type WriteRequest } from '../writes/write-runner.js';
import { CreateCollectionDto, ListCollectionsDto, UpdateCollectionDto } from './collections.dto.js';
import { COLLECTION_ANSWER, COLLECTION_LIST_ANSWER, CREATED_ANSWER, DETAIL_ANSWER } from './collections.schema.js';
import { CollectionsService } from './collections.service.js';

const TAG = 'Collections';

@Controller()
export class CollectionsController {
  constructor(private readonly collections: CollectionsService) {}

  @Endpoint(['POST /api/v2/collections', 'POST /collections'], {
    summary: 'Make a collection.',
    description: 'It takes documents at once; `initial_operation_id` is done when its place for vectors is ready.',
    permission: { scope: 'write' },
    answers: { 201: CREATED_ANSWER },
    errors: ['conflict', 'unknown_model', 'model_not_installed', 'idempotency_mismatch', 'request_in_flight'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  create(@Write() write: WriteRequest, @FromBody() dto: CreateCollectionDto) {
    return this.collections.create(write, dto);
  }

  @Endpoint(['GET /api/v2/collections', 'GET /collections'], {
    summary: 'The collections that you may read, newest first.',
    permission: READ_COLLECTION,
    answers: { 200: COLLECTION_LIST_ANSWER },
    tag: TAG,
  })
  list(@CallerAccess() access: Access, @FromQuery() query: ListCollectionsDto) {
    return this.collections.list(access, query);
  }

  @Endpoint(['GET /api/v2/collections/{id}', 'GET /collections/{id}'], {
    summary: 'A collection with its sources and its latest operations.',
    permission: READ_COLLECTION,
    answers: { 200: DETAIL_ANSWER },
    tag: TAG,
  })
  read(@CallerAccess() access: Access, @IdFromPath('id', 'collection') id: string) {
    return this.collections.read(access, id);
  }

  @Endpoint(['PATCH /api/v2/collections/{id}', 'PATCH /collections/{id}'], {
    summary: 'Change what is said of a collection.',
    description: 'Model and chunking stay as they are; other ones need a reindex.',
    permission: WRITE_COLLECTION,
    answers: { 200: COLLECTION_ANSWER },
    errors: ['conflict', 'bad_request', 'forbidden'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  update(@Write() write: WriteRequest, @IdFromPath('id', 'collection') id: string, @FromBody() dto: UpdateCollectionDto) {
    return this.collections.update(write, id, dto);
  }

  @Endpoint(['PUT /api/v2/collections/{id}', 'PUT /collections/{id}'], {
    summary: 'Change what is said of a collection; the same as PATCH.',
    permission: WRITE_COLLECTION,
    answers: { 200: COLLECTION_ANSWER },
    errors: ['conflict', 'bad_request', 'forbidden'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  replace(@Write() write: WriteRequest, @IdFromPath('id', 'collection') id: string, @FromBody() dto: UpdateCollectionDto) {
    return this.collections.update(write, id, dto);
  }

  @Endpoint(['DELETE /api/v2/collections/{id}', 'DELETE /collections/{id}'], {
    summary: 'Delete a collection with all that is in it.',
    description: 'Nothing of it is found from the answer on, and its name is free. `Location` is where it is said what is left of it.',
    permission: WRITE_COLLECTION,
    answers: { 204: 'It is deleted.' },
    errors: ['forbidden'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  async remove(@Write() write: WriteRequest, @IdFromPath('id', 'collection') id: string, @Res({ passthrough: true }) reply: FastifyReply) {
    await this.collections.remove(write, id);
    void reply.header('location', `/api/v2/collections/${id}/deletion`);
  }
}
