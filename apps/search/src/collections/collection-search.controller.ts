import {
  type Access,
  BATCH_SEARCH,
  BatchSearchDto,
  CallerAccess,
  CallerGone,
  COLLECTION_SEARCH,
  CollectionSearchDto,
  Endpoint,
  FromBody,
  SINGLE_SEARCH,
  SingleSearchDto,
  singleSearch,
  WHY_SEARCH,
  WhySearchDto,
} from '@cairn/common';
import { Controller } from '@nestjs/common';
import { SearchLog } from '../analytics/search-log.js';
import { BatchSearch } from './batch-search.js';
import { CollectionSearchService, type SearchAnswer } from './collection-search.service.js';
import { WhyService } from './why.service.js';

@Controller()
export class CollectionSearchController {
  constructor(
    private readonly searches: CollectionSearchService,
    private readonly batches: BatchSearch,
    private readonly reasons: WhyService,
    private readonly log: SearchLog,
  ) {}

  @Endpoint('POST /api/v2/search', COLLECTION_SEARCH)
  search(@CallerAccess() access: Access, @FromBody() dto: CollectionSearchDto, @CallerGone() gone: AbortSignal) {
    return this.answered(access, dto, gone);
  }

  @Endpoint('POST /api/v2/search/single', SINGLE_SEARCH)
  single(@CallerAccess() access: Access, @FromBody() dto: SingleSearchDto, @CallerGone() gone: AbortSignal) {
    return this.answered(access, singleSearch(dto), gone);
  }

  @Endpoint('POST /api/v2/search/batch', BATCH_SEARCH)
  async batch(@CallerAccess() access: Access, @FromBody() { searches }: BatchSearchDto, @CallerGone() gone: AbortSignal) {
    return { results: await this.batches.answer(access, searches, gone) };
  }

  @Endpoint('POST /api/v2/searches/why', WHY_SEARCH)
  why(@CallerAccess() access: Access, @FromBody() dto: WhySearchDto, @CallerGone() gone: AbortSignal) {
    return this.reasons.why(access, dto, gone);
  }

  private async answered(access: Access, dto: CollectionSearchDto, gone: AbortSignal): Promise<SearchAnswer> {
    const answer = await this.searches.search(access, dto, gone);
    this.log.note(access, dto, answer);
    return answer;
  }
}
