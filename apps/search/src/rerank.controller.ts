import { Endpoint, FromBody, RERANK_ANSWER, RerankDto } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { RerankService } from './rerank.service.js';

@Controller()
export class RerankController {
  constructor(private readonly reranking: RerankService) {}

  @Endpoint('POST /v1/rerank', {
    summary: 'Order texts by how well they answer a query.',
    permission: { scope: 'read' },
    answers: { 200: RERANK_ANSWER },
    errors: ['unknown_model', 'model_not_installed'],
    unknownFields: 'ignore',
    tag: 'OpenAI',
  })
  rerank(@FromBody() dto: RerankDto) {
    return this.reranking.rerank(dto);
  }
}
