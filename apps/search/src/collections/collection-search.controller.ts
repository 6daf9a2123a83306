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
import { CollectionSearchService } from './collection-search.service.js';
import { WhyService } from './why.service.js';

const AT_ONCE = 4;

@Controller()
export class CollectionSearchController {
  constructor(
    private readonly searches: CollectionSearchService,
    private readonly reasons: WhyService,
  ) {}

  @Endpoint('POST /api/v2/search', COLLECTION_SEARCH)
  search(@CallerAccess() access: Access, @FromBody() dto: CollectionSearchDto, @CallerGone() gone: AbortSignal) {
    return this.searches.search(access, dto, gone);
  }

  @Endpoint('POST /api/v2/search/single', SINGLE_SEARCH)
  single(@CallerAccess() access: Access, @FromBody() dto: SingleSearchDto, @CallerGone() gone: AbortSignal) {
    return this.searches.search(access, singleSearch(dto), gone);
  }

  @Endpoint('POST /api/v2/search/batch', BATCH_SEARCH)
  async batch(@CallerAccess() access: Access, @FromBody() { searches }: BatchSearchDto, @CallerGone() gone: AbortSignal) {
    const results: object[] = [];
    for (let at = 0; at < searches.length; at += AT_ONCE)
      results.push(...(await Promise.all(searches.slice(at, at + AT_ONCE).map((search) => this.searches.search(access, search, gone)))));
    return { results };
  }

  @Endpoint('POST /api/v2/searches/why', WHY_SEARCH)
  why(@CallerAccess() access: Access, @FromBody() dto: WhySearchDto, @CallerGone() gone: AbortSignal) {
    return this.reasons.why(access, dto, gone);
  }
}
