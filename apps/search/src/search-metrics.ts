import type { CounterMetric, Metrics } from '@cairn/common';

type Plain = CounterMetric<Record<never, never>>;

/** Why a search was not kept for analytics: too many waited, or they could not be written. */
const NOT_KEPT = { reason: ['full', 'failed'] } as const;

/** Whether the vector of a question was remembered. */
const CACHED = { result: ['hit', 'miss'] } as const;

/** Whether a collection that a statement names was asked, or left out because it cannot hold a row of the answer. */
const ROUTED = { decision: ['asked', 'pruned'] } as const;

/** How searches go. A high share of dropped candidates means that garbage collection is behind. */
export class SearchMetrics {
  private readonly searches: Plain;
  private readonly candidates: Plain;
  private readonly dropped: Plain;
  private readonly hid: Plain;
  private readonly waited: Plain;
  private readonly queries: CounterMetric<typeof CACHED>;
  private readonly lost: CounterMetric<typeof NOT_KEPT>;
  private readonly routes: CounterMetric<typeof ROUTED>;

  constructor(metrics: Metrics) {
    this.searches = metrics.counter({ name: 'searches_total', help: 'Searches answered.' });
    this.candidates = metrics.counter({ name: 'search_candidates_total', help: 'Candidates that Qdrant found.' });
    this.dropped = metrics.counter({ name: 'search_dropped_total', help: 'Candidates that were not live and were left out.' });
    this.hid = metrics.counter({ name: 'search_hidden_total', help: 'Fresh points that Qdrant did not find and the search compared itself.' });
    this.waited = metrics.counter({ name: 'searches_queued_total', help: 'Searches that waited for others of their organisation.' });
    this.queries = metrics.counter({ name: 'search_query_cache_total', help: 'Questions whose vectors were remembered (hit) or made (miss).', labels: CACHED });
    this.lost = metrics.counter({ name: 'search_events_dropped_total', help: 'Searches that were not kept for analytics.', labels: NOT_KEPT });
    this.routes = metrics.counter({ name: 'sql_collections_total', help: 'Collections that statements asked, or left out by routing.', labels: ROUTED });
  }

  searched(candidates: number, dropped: number): void {
    this.searches.add(1);
    this.candidates.add(candidates);
    this.dropped.add(dropped);
  }

  embedded(result: (typeof CACHED.result)[number]): void {
    this.queries.add(1, { result });
  }

  queued(): void {
    this.waited.add(1);
  }

  routed(asked: number, pruned: number): void {
    this.routes.add(asked, { decision: 'asked' });
    this.routes.add(pruned, { decision: 'pruned' });
  }

  hidden(): void {
    this.hid.add(1);
  }

  notKept(searches: number, reason: (typeof NOT_KEPT.reason)[number]): void {
    this.lost.add(searches, { reason });
  }
}
