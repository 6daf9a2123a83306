import { CallerGone, COLLECTION_DELETION, COLLECTION_DRIFT, DOCUMENT_DELETION, DRIFT_ANSWER, Endpoint, FromBody, IdFromPath } from '@cairn/common';
import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OPERATION_ANSWER } from '../operations/operations.schema.js';
import { SearchService } from '../search/search.service.js';
import { Write } from '../writes/write-request.decorator.js';
import { IDEMPOTENT, type WriteRequest } from '../writes/write-runner.js';
import { RepairService } from './repair.service.js';
import { RepairDto } from './truth.dto.js';

/** How Postgres and Qdrant stand to each other: the search service looks, and a job puts it right. */
@Controller()
export class TruthController {
  constructor(
    private readonly search: SearchService,
    private readonly repairs: RepairService,
  ) {}

  @Endpoint('GET /api/v2/collections/{id}/drift', COLLECTION_DRIFT)
  async drift(@IdFromPath('id', 'collection') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @CallerGone() gone: AbortSignal) {
    await this.search.forwardRead(`/api/v2/collections/${id}/drift`, { request, reply, gone });
  }

  @Endpoint('GET /api/v2/collections/{id}/deletion', COLLECTION_DELETION)
  async collection(@IdFromPath('id', 'collection') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @CallerGone() gone: AbortSignal) {
    await this.search.forwardRead(`/api/v2/collections/${id}/deletion`, { request, reply, gone });
  }

  @Endpoint('GET /api/v2/documents/{id}/deletion', DOCUMENT_DELETION)
  async document(@IdFromPath('id', 'document') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @CallerGone() gone: AbortSignal) {
    await this.search.forwardRead(`/api/v2/documents/${id}/deletion`, { request, reply, gone });
  }

  @Endpoint('POST /api/v2/collections/{id}/repair', {
    summary: 'Bring Qdrant back to what Postgres says of a collection.',
    description:
      'What is missing is written again from Postgres, without the model; what nothing accounts for is deleted by id. Says only what it would do unless `dry_run` is false.',
    permission: { scope: 'write', perCollection: true },
    unknownFields: 'refuse',
    answers: { 200: DRIFT_ANSWER, 202: OPERATION_ANSWER },
    errors: ['forbidden'],
    headers: IDEMPOTENT,
    tag: 'Collections',
  })
  async repair(
    @Write() write: WriteRequest,
    @IdFromPath('id', 'collection') id: string,
    @FromBody() dto: RepairDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @CallerGone() gone: AbortSignal,
  ) {
    if (dto.dry_run ?? true) return this.drift(id, request, reply, gone);
    await reply.status(202).send(await this.repairs.repair(write, id));
  }
}
