import {
  type Access,
  BATCH_SEARCH,
  BatchSearchDto,
  CairnError,
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
import { CollectionSearchService, type SearchAnswer } from './collection-search.service.js';
import { DEFAULT_K } from './search-plan.js';
import { WhyService } from './why.service.js';

const AT_ONCE = 4;
const MOST_HITS = 2_000;

@Controller()
export class CollectionSearchController {
  constructor(
    private readonly searches: CollectionSearchService,
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
    assertFewHits(searches);
    const results: SearchAnswer[] = [];
    for (let at = 0; at < searches.length; at += AT_ONCE) {
      gone.throwIfAborted();
      results.push(...(await Promise.all(searches.slice(at, at + AT_ONCE).map((search) => this.searches.search(access, search, gone)))));
    }
    for (const [at, answer] of results.entries()) this.log.note(access, searches[at] as CollectionSearchDto, answer);
    return { results };
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

// All of them are in memory before the first is answered.
function assertFewHits(searches: readonly CollectionSearchDto[]): void {
  const hits = searches.reduce((sum, { k = DEFAULT_K }) => sum + k, 0);
  if (hits <= MOST_HITS) return;
  const message = `ask for ${hits} hits together, at most ${MOST_HITS} are answered at once`;
  throw new CairnError('invalid_input', `The searches ${message}. Ask for fewer each, or send several batches.`, { errors: [{ path: 'searches', message }] });
}
