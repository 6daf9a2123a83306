import { EMBEDDINGS_ANSWER, EmbeddingsDto, Endpoint, FromBody, RERANK_ANSWER, RerankDto, VECTOR_SEARCH_ANSWER, VectorSearchDto } from '@cairn/common';
import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SearchService } from './search.service.js';

/** The search service answers what waits for a model; one base address serves every route. */
@Controller()
export class SearchForwardController {
  constructor(private readonly search: SearchService) {}

  @Endpoint('POST /vectors/search', {
    summary: 'Find vectors by meaning.',
    description: 'Give `query` or `query_text`. Only live vectors of your organisation are found.',
    permission: { scope: 'read' },
    answers: { 200: VECTOR_SEARCH_ANSWER },
    errors: ['unknown_model', 'model_not_installed'],
    tag: 'Vectors',
  })
  async vectors(@FromBody() dto: VectorSearchDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.search.forward('/vectors/search', dto, request, reply);
  }

  @Endpoint('POST /v1/embeddings', {
    summary: 'Turn texts into vectors, in OpenAI’s form.',
    description:
      'Clients made for OpenAI work unchanged, with an API key of yours. Nothing is stored. What is longer than the model reads is cut, and said in `truncated`.',
    permission: { scope: 'read' },
    answers: { 200: EMBEDDINGS_ANSWER },
    errors: ['unknown_model', 'model_not_installed'],
    unknownFields: 'ignore',
    tag: 'OpenAI',
  })
  async embeddings(@FromBody() dto: EmbeddingsDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.search.forward('/v1/embeddings', dto, request, reply);
  }

  @Endpoint('POST /v1/rerank', {
    summary: 'Order texts by how well they answer a query.',
    description: 'Late interaction: every word of the query looks for its own place in each text. Slower and finer than comparing vectors. Nothing is stored.',
    permission: { scope: 'read' },
    answers: { 200: RERANK_ANSWER },
    errors: ['unknown_model', 'model_not_installed'],
    unknownFields: 'ignore',
    tag: 'OpenAI',
  })
  async rerank(@FromBody() dto: RerankDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.search.forward('/v1/rerank', dto, request, reply);
  }
}
