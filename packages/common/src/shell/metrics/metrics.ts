import { Counter, collectDefaultMetrics, Gauge, Histogram, type Metric, Registry } from 'prom-client';
import { HttpMetrics } from './http-metrics.js';

/** The values each label may take. A closed set: no ids, paths, queries or names of organisations (T8). */
export type LabelSets = Readonly<Record<string, readonly string[]>>;
export type LabelsOf<L extends LabelSets> = { readonly [K in keyof L]: L[K][number] };

export interface MetricOptions<L extends LabelSets> {
  /** Without the prefix `cairn_`, with its unit: `jobs_accepted_total`, `lease_age_seconds`. */
  name: string;
  help: string;
  labels?: L;
}

const PREFIX = 'cairn_';
const OTHER = 'other';

/** Replaces a value outside the closed set: a bug in a caller must not grow the number of series without end. */
function closedLabels<L extends LabelSets>(sets: L, labels: LabelsOf<L>): Record<string, string> {
  return Object.fromEntries(Object.entries(sets).map(([name, values]) => [name, values.includes(labels[name] as string) ? (labels[name] as string) : OTHER]));
}

type Args<L extends LabelSets> = keyof L extends never ? [] : [labels: LabelsOf<L>];

export interface CounterMetric<L extends LabelSets> {
  add(value: number, ...labels: Args<L>): void;
}

export interface GaugeMetric<L extends LabelSets> {
  set(value: number, ...labels: Args<L>): void;
}

export interface HistogramMetric<L extends LabelSets> {
  observe(value: number, ...labels: Args<L>): void;
}

/** The metrics of a process. Declaring the same name twice answers the same metric. */
export class Metrics {
  readonly registry = new Registry();
  readonly http = new HttpMetrics();

  constructor(service: string) {
    this.registry.setDefaultLabels({ service });
    this.registry.registerMetric(this.http as unknown as Metric);
    collectDefaultMetrics({ register: this.registry, prefix: PREFIX });
  }

  counter<const L extends LabelSets = Record<never, never>>(options: MetricOptions<L>): CounterMetric<L> {
    const counter = this.declare(options, (base) => new Counter(base));
    return { add: (value, ...labels) => counter.inc(this.closed(options, labels), value) };
  }

  gauge<const L extends LabelSets = Record<never, never>>(options: MetricOptions<L>): GaugeMetric<L> {
    const gauge = this.declare(options, (base) => new Gauge(base));
    return { set: (value, ...labels) => gauge.set(this.closed(options, labels), value) };
  }

  /** A gauge whose value is asked for at each scrape. */
  gaugeOf(options: MetricOptions<Record<never, never>>, read: () => number | Promise<number>): void {
    this.declare(
      options,
      (base) =>
        new Gauge({
          ...base,
          async collect() {
            // One source that cannot answer must not cost the whole scrape, least of all while something is down.
            this.set(
              await Promise.resolve()
                .then(read)
                .catch(() => Number.NaN),
            );
          },
        }),
    );
  }

  /** Gauges with labels whose values somebody else keeps; asked for at each scrape. */
  gaugesOf<const L extends LabelSets>(options: MetricOptions<L>, read: () => { labels: LabelsOf<L>; value: number }[]): void {
    this.declare(
      options,
      (base) =>
        new Gauge({
          ...base,
          collect() {
            this.reset();
            for (const { labels, value } of read()) this.set(closedLabels(options.labels as L, labels), value);
          },
        }),
    );
  }

  histogram<const L extends LabelSets = Record<never, never>>(options: MetricOptions<L> & { buckets?: number[] }): HistogramMetric<L> {
    const histogram = this.declare(options, (base) => new Histogram(options.buckets ? { ...base, buckets: options.buckets } : base));
    return { observe: (value, ...labels) => histogram.observe(this.closed(options, labels), value) };
  }

  /** The text Prometheus reads. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  private closed<L extends LabelSets>(options: MetricOptions<L>, labels: readonly unknown[]): Record<string, string> {
    return options.labels ? closedLabels(options.labels, labels[0] as LabelsOf<L>) : {};
  }

  private declare<T extends Metric, L extends LabelSets>(
    options: MetricOptions<L>,
    make: (base: { name: string; help: string; labelNames: string[]; registers: Registry[] }) => T,
  ): T {
    const name = PREFIX + options.name;
    const known = this.registry.getSingleMetric(name);
    if (known) return known as T;
    return make({ name, help: options.help, labelNames: Object.keys(options.labels ?? {}), registers: [this.registry] });
  }
}
