import type { CounterMetric, HistogramMetric, Metrics } from '@cairn/common';

const OUTCOMES = { outcome: ['written', 'late', 'away', 'busy', 'refuses_us', 'refuses_request', 'unusable'] } as const;
const KINDS = { kind: ['request', 'answer'] } as const;
const BUCKETS = [0.1, 0.25, 0.5, 1, 1.5, 2, 3, 4, 5];

/** How a language model does, of which searches with `use_hyde` ask a passage. */
export class HypothesisMetrics {
  private readonly outcomes: CounterMetric<typeof OUTCOMES>;
  private readonly tokens: CounterMetric<typeof KINDS>;
  private readonly seconds: HistogramMetric<Record<never, never>>;

  constructor(metrics: Metrics) {
    this.outcomes = metrics.counter({ name: 'search_hyde_total', help: 'Passages that a language model was asked for, by how that ended.', labels: OUTCOMES });
    this.tokens = metrics.counter({
      name: 'search_hyde_tokens_total',
      help: 'Tokens that the language model read and wrote, as it counts them.',
      labels: KINDS,
    });
    this.seconds = metrics.histogram({ name: 'search_hyde_seconds', help: 'How long the language model took to answer.', buckets: BUCKETS });
  }

  ended(outcome: (typeof OUTCOMES.outcome)[number]): void {
    this.outcomes.add(1, { outcome });
  }

  asked(ms: number, { request, answer }: { request: number; answer: number }): void {
    this.seconds.observe(ms / 1_000);
    this.tokens.add(request, { kind: 'request' });
    this.tokens.add(answer, { kind: 'answer' });
  }
}
