import { Caller, Endpoint, FromBody, type TenantScope, VECTOR_SEARCH_ANSWER, VectorSearchDto } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { VectorSearchService } from './vector-search.service.js';

@Controller()
export class VectorSearchController {
  constructor(private readonly searches: VectorSearchService) {}

  @Endpoint('POST /vectors/search', {
    summary: 'Find vectors by meaning.',
    permission: { scope: 'read' },
    answers: { 200: VECTOR_SEARCH_ANSWER },
    errors: ['unknown_model', 'model_not_installed'],
    tag: 'Vectors',
  })
  search(@Caller() scope: TenantScope, @FromBody() dto: VectorSearchDto) {
    return this.searches.search(scope, dto);
  }
}
