import type { CounterMetric, Metrics } from '@cairn/common';

type Plain = CounterMetric<Record<never, never>>;

/** How searches go. A high share of dropped candidates means that garbage collection is behind. */
export class SearchMetrics {
  private readonly searches: Plain;
  private readonly candidates: Plain;
  private readonly dropped: Plain;
  private readonly hid: Plain;

  constructor(metrics: Metrics) {
    this.searches = metrics.counter({ name: 'searches_total', help: 'Searches answered.' });
    this.candidates = metrics.counter({ name: 'search_candidates_total', help: 'Candidates that Qdrant found.' });
    this.dropped = metrics.counter({ name: 'search_dropped_total', help: 'Candidates that were not live and were left out.' });
    this.hid = metrics.counter({ name: 'search_hidden_total', help: 'Fresh points that Qdrant did not find and the search compared itself.' });
  }

  searched(candidates: number, dropped: number): void {
    this.searches.add(1);
    this.candidates.add(candidates);
    this.dropped.add(dropped);
  }

  hidden(): void {
    this.hid.add(1);
  }
}
