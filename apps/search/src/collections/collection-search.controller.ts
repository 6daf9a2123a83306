import {
  type Access,
  CallerAccess,
  COLLECTION_SEARCH,
  CollectionSearchDto,
  Endpoint,
  FromBody,
  SINGLE_SEARCH,
  SingleSearchDto,
  singleSearch,
} from '@cairn/common';
import { Controller } from '@nestjs/common';
import { CollectionSearchService } from './collection-search.service.js';

@Controller()
export class CollectionSearchController {
  constructor(private readonly searches: CollectionSearchService) {}

  @Endpoint('POST /api/v2/search', COLLECTION_SEARCH)
  search(@CallerAccess() access: Access, @FromBody() dto: CollectionSearchDto) {
    return this.searches.search(access, dto);
  }

  @Endpoint('POST /api/v2/search/single', SINGLE_SEARCH)
  single(@CallerAccess() access: Access, @FromBody() dto: SingleSearchDto) {
    return this.searches.search(access, singleSearch(dto));
  }
}
