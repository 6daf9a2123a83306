import {
  BATCH_SEARCH,
  BatchSearchDto,
  CallerGone,
  COLLECTION_SEARCH,
  CollectionSearchDto,
  EMBEDDINGS,
  EmbeddingsDto,
  Endpoint,
  EVALUATE,
  EvaluationDto,
  FromBody,
  RERANK,
  RerankDto,
  SINGLE_SEARCH,
  SingleSearchDto,
  SQL,
  SqlDto,
  VECTOR_SEARCH,
  VectorSearchDto,
  WHY_SEARCH,
  WhySearchDto,
} from '@cairn/common';
import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SearchService } from './search.service.js';

/** The search service answers what waits for a model; one base address serves every route. */
@Controller()
export class SearchForwardController {
  constructor(private readonly search: SearchService) {}

  @Endpoint('POST /vectors/search', VECTOR_SEARCH)
  async vectors(@FromBody() dto: VectorSearchDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @CallerGone() gone: AbortSignal) {
    await this.search.forward('/vectors/search', dto, { request, reply, gone });
  }

  @Endpoint('POST /api/v2/search', COLLECTION_SEARCH)
  async collections(@FromBody() dto: CollectionSearchDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @CallerGone() gone: AbortSignal) {
    await this.search.forward('/api/v2/search', dto, { request, reply, gone });
  }

  @Endpoint('POST /api/v2/search/single', SINGLE_SEARCH)
  async collection(@FromBody() dto: SingleSearchDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @CallerGone() gone: AbortSignal) {
    await this.search.forward('/api/v2/search/single', dto, { request, reply, gone });
  }

  @Endpoint('POST /api/v2/search/batch', BATCH_SEARCH)
  async batch(@FromBody() dto: BatchSearchDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @CallerGone() gone: AbortSignal) {
    await this.search.forward('/api/v2/search/batch', dto, { request, reply, gone });
  }

  @Endpoint('POST /api/v2/searches/why', WHY_SEARCH)
  async why(@FromBody() dto: WhySearchDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @CallerGone() gone: AbortSignal) {
    await this.search.forward('/api/v2/searches/why', dto, { request, reply, gone });
  }

  @Endpoint('POST /api/v2/evaluations', EVALUATE)
  async evaluate(@FromBody() dto: EvaluationDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @CallerGone() gone: AbortSignal) {
    await this.search.forward('/api/v2/evaluations', dto, { request, reply, gone });
  }

  @Endpoint('POST /api/v2/sql', SQL)
  async sql(@FromBody() dto: SqlDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @CallerGone() gone: AbortSignal) {
    await this.search.forward('/api/v2/sql', dto, { request, reply, gone });
  }

  @Endpoint('POST /v1/embeddings', EMBEDDINGS)
  async embeddings(@FromBody() dto: EmbeddingsDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @CallerGone() gone: AbortSignal) {
    await this.search.forward('/v1/embeddings', dto, { request, reply, gone });
  }

  @Endpoint('POST /v1/rerank', RERANK)
  async rerank(@FromBody() dto: RerankDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @CallerGone() gone: AbortSignal) {
    await this.search.forward('/v1/rerank', dto, { request, reply, gone });
  }
}
