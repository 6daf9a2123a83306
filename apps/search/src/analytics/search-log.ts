import {
  type Access,
  addSearchEvents,
  type CollectionSearchDto,
  type Database,
  DependencyError,
  type Logger,
  newId,
  redactQuery,
  type SearchEvent,
  type TenantScope,
} from '@cairn/common';
import type { SearchAnswer } from '../collections/collection-search.service.js';
import type { SearchMetrics } from '../search-metrics.js';

const FLUSH_MS = 500;
/** How much may wait, and as much may be on its way: what comes while the database is away is not kept. A search that looks everywhere names many collections. */
const MOST_WAITING = 100_000;
const weightOf = ({ collections }: Waiting['event']): number => 10 + collections.length;

/** A search that waits to be kept. */
interface Waiting {
  scope: TenantScope;
  event: Omit<SearchEvent, 'ageMs'>;
  /** By the clock of `performance`. */
  answeredAt: number;
}

/** Keeps what was searched for, behind the answers: losing it costs analytics and never a search. */
export class SearchLog {
  /** By organisation: each is written on its own, because a transaction sees one. */
  private waiting = new Map<string, Waiting[]>();
  private weight = 0;
  private timer: NodeJS.Timeout | undefined;
  private flushed: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly metrics: SearchMetrics,
    private readonly logger: Logger,
    private readonly draining: AbortSignal,
  ) {}

  /** Notes a search that was answered. A further page belongs to the search that its first one was noted for. */
  note(access: Access, dto: CollectionSearchDto, answer: SearchAnswer): void {
    if (dto.cursor !== undefined || dto.offset) return;
    const event = eventOf(access, dto, answer);
    if (this.weight + weightOf(event) > MOST_WAITING) this.metrics.notKept(1, 'full');
    else this.add(access.scope, event);
  }

  /** Resolves when all that was noted before is kept, or lost. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.flushed = this.flushed.then(() => this.keep());
    return this.flushed;
  }

  private add(scope: TenantScope, event: Waiting['event']): void {
    const ofOrganisation = this.waiting.get(scope.orgId) ?? [];
    ofOrganisation.push({ scope, event, answeredAt: performance.now() });
    this.waiting.set(scope.orgId, ofOrganisation);
    this.weight += weightOf(event);
    this.timer ??= setTimeout(() => void this.flush(), this.draining.aborted ? 0 : FLUSH_MS);
  }

  private async keep(): Promise<void> {
    const all = this.waiting;
    this.waiting = new Map();
    this.weight = 0;
    let isAway = false;
    for (const some of all.values()) {
      if (isAway) this.metrics.notKept(some.length, 'failed');
      else isAway = await this.keepOf(some);
    }
  }

  /** True when the database is away: no other organisation need be tried. */
  private async keepOf(some: readonly Waiting[]): Promise<boolean> {
    const { scope } = some[0] as Waiting;
    const now = performance.now();
    const events = some.map(({ event, answeredAt }): SearchEvent => ({ ...event, ageMs: now - answeredAt }));
    try {
      await this.database.tenant(scope, (sql) => addSearchEvents(sql, scope, events));
      return false;
    } catch (err) {
      this.metrics.notKept(some.length, 'failed');
      this.logger.warn({ err, orgId: scope.orgId, searches: some.length }, 'searches could not be kept for analytics');
      return err instanceof DependencyError;
    }
  }
}

function eventOf({ userId }: Access, { query, queries = [] }: CollectionSearchDto, answer: SearchAnswer): Omit<SearchEvent, 'ageMs'> {
  return {
    id: newId(),
    userId,
    collections: collectionsOf(answer),
    hitCollections: [...new Set(answer.results.map((hit) => hit.collection_id))],
    results: answer.results.length,
    topScore: answer.results[0]?.score ?? null,
    mode: answer.search_mode_used,
    isReranked: answer.reranking_used,
    ms: answer.total_time_ms,
    stages: answer.timings_ms,
    query: redactQuery([...(query === undefined ? [] : [query]), ...queries].join('\n')),
  };
}

/** All that the question was asked of, also those that could not be searched: it tells of them too. */
function collectionsOf({ collections_searched: searched, failed_collections: failed }: SearchAnswer): string[] {
  return [...searched.map(({ id }) => id), ...failed.map(({ collection_id: id }) => id)];
}
