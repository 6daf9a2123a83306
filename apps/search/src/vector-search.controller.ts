import { Caller, CallerGone, Endpoint, FromBody, type TenantScope, VECTOR_SEARCH, VectorSearchDto } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { VectorSearchService } from './vector-search.service.js';

@Controller()
export class VectorSearchController {
  constructor(private readonly searches: VectorSearchService) {}

  @Endpoint('POST /vectors/search', VECTOR_SEARCH)
  search(@Caller() scope: TenantScope, @FromBody() dto: VectorSearchDto, @CallerGone() gone: AbortSignal) {
    return this.searches.search(scope, dto, gone);
  }
}
