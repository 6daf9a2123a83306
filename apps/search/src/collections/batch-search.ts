import { type Access, CairnError, type CollectionSearchDto } from '@cairn/common';
import type { SearchLog } from '../analytics/search-log.js';
import { inPlace } from '../named-place.js';
import type { CollectionSearchService, SearchAnswer } from './collection-search.service.js';
import { DEFAULT_K, planOf } from './search-plan.js';

const AT_ONCE = 4;
const MOST_HITS = 2_000;
/** From then on searches are made without what they can do without, so that all of them are made. */
const EXTRAS_WITHIN_MS = 20_000;
/** What has no answer by then gets none. */
const ANSWERED_WITHIN_MS = 30_000;

/** Answers several searches in one time, in their order. */
export class BatchSearch {
  constructor(
    private readonly searches: Pick<CollectionSearchService, 'search'>,
    private readonly log: Pick<SearchLog, 'note'>,
    private readonly within = { extrasMs: EXTRAS_WITHIN_MS, answeredMs: ANSWERED_WITHIN_MS },
  ) {}

  /** A mistake in one of them ends all; one that cannot be answered right now says so in its place, as long as another one is answered. */
  async answer(access: Access, searches: readonly CollectionSearchDto[], signal: AbortSignal): Promise<SearchAnswer[]> {
    assertFewHits(searches);
    for (const [at, search] of searches.entries()) await inPlace(placeOf(at), () => planOf(search));
    const startedAt = performance.now();
    const ends = { extrasBy: startedAt + this.within.extrasMs, mustEndBy: startedAt + this.within.answeredMs };
    const found: (SearchAnswer | CairnError)[] = [];
    while (found.length < searches.length) {
      const some = searches.slice(found.length, found.length + AT_ONCE);
      const ask = (search: CollectionSearchDto) => this.searches.search(access, search, signal, ends);
      found.push(...(await Promise.all(some.map((search, at) => answerOrOutage(placeOf(found.length + at), () => ask(search), ends.mustEndBy)))));
      signal.throwIfAborted();
    }
    if (found.every((one) => one instanceof CairnError)) throw found[0];
    return found.map((one, at) => {
      const search = searches[at] as CollectionSearchDto;
      if (one instanceof CairnError) return unanswered(search, one);
      this.log.note(access, search, one);
      return one;
    });
  }
}

const placeOf = (at: number): string => `searches[${at}]`;

async function answerOrOutage(place: string, ask: () => Promise<SearchAnswer>, mustEndBy: number): Promise<SearchAnswer | CairnError> {
  if (performance.now() >= mustEndBy) return tooLate();
  try {
    return await inPlace(place, ask);
  } catch (error) {
    if (error instanceof CairnError && error.code === 'unavailable') return error;
    throw error;
  }
}

function tooLate(): CairnError {
  return new CairnError('unavailable', 'The searches before it took all the time of the batch. Send it again, with fewer beside it.', { retryAfterSeconds: 2 });
}

function unanswered(search: CollectionSearchDto, { code, status, message }: CairnError): SearchAnswer {
  const { texts, mode } = planOf(search);
  return {
    query: texts[0] ?? null,
    results: [],
    total_results: 0,
    next_cursor: null,
    collections_searched: [],
    search_mode_used: mode,
    warnings: [message],
    reranking_used: false,
    partial_failure: true,
    failed_collections: [],
    search_time_ms: 0,
    total_time_ms: 0,
    timings_ms: {},
    error: { code, status, detail: message },
  };
}

// All of them are in memory before the first is answered.
function assertFewHits(searches: readonly CollectionSearchDto[]): void {
  const hits = searches.reduce((sum, { k = DEFAULT_K }) => sum + k, 0);
  if (hits <= MOST_HITS) return;
  const message = `ask for ${hits} hits together, at most ${MOST_HITS} are answered at once`;
  throw new CairnError('invalid_input', `The searches ${message}. Ask for fewer each, or send several batches.`, { errors: [{ path: 'searches', message }] });
}
