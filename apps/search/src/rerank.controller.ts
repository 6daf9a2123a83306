import { CallerGone, Endpoint, FromBody, RERANK, RerankDto } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { RerankService } from './rerank.service.js';

@Controller()
export class RerankController {
  constructor(private readonly reranking: RerankService) {}

  @Endpoint('POST /v1/rerank', RERANK)
  rerank(@FromBody() dto: RerankDto, @CallerGone() gone: AbortSignal) {
    return this.reranking.rerank(dto, gone);
  }
}
