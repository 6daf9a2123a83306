import type { MetricObjectWithValues, MetricValueWithName } from 'prom-client';

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
export const HTTP_METRIC = 'cairn_http_request_duration_seconds';

interface Series {
  labels: { method: string; route: string; status: number };
  buckets: Uint32Array;
  count: number;
  sum: number;
}

/** Counts the answers of one route. */
export class RouteMeter {
  private readonly byStatus = new Map<number, Series>();

  constructor(
    private readonly method: string,
    private readonly route: string,
  ) {}

  observe(status: number, seconds: number): void {
    const series = this.byStatus.get(status) ?? this.add(status);
    series.count++;
    series.sum += seconds;
    for (let bucket = 0; bucket < BUCKETS.length; bucket++) {
      if (seconds > (BUCKETS[bucket] as number)) continue;
      series.buckets[bucket] = (series.buckets[bucket] as number) + 1;
      return;
    }
  }

  get series(): Series[] {
    return [...this.byStatus.values()];
  }

  private add(status: number): Series {
    const series = { labels: { method: this.method, route: this.route, status }, buckets: new Uint32Array(BUCKETS.length), count: 0, sum: 0 };
    this.byStatus.set(status, series);
    return series;
  }
}

/**
 * Requests by method, route template and status, as a Prometheus histogram.
 * prom-client's own histogram hashes labels at every observation; here a request costs a map read and two additions.
 */
export class HttpMetrics {
  private readonly meters = new Map<string, RouteMeter>();

  /** The meter of a route. `route` is the template, never the address: addresses hold ids and are without end. */
  meterOf(method: string, route: string): RouteMeter {
    const key = `${method} ${route}`;
    const meter = this.meters.get(key) ?? new RouteMeter(method, route);
    this.meters.set(key, meter);
    return meter;
  }

  /** In the form prom-client's registry collects. */
  async get(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    const values = [...this.meters.values()].flatMap((meter) => meter.series.flatMap(valuesOf));
    return {
      name: HTTP_METRIC,
      help: 'Time to answer HTTP requests, by route template.',
      type: 'histogram',
      aggregator: 'sum',
      values,
    } as unknown as MetricObjectWithValues<MetricValueWithName<string>>;
  }
}

function valuesOf({ labels, buckets, count, sum }: Series): MetricValueWithName<string>[] {
  let below = 0;
  const rows: MetricValueWithName<string>[] = BUCKETS.map((le, index) => {
    below += buckets[index] ?? 0;
    return { metricName: `${HTTP_METRIC}_bucket`, labels: { ...labels, le }, value: below };
  });
  rows.push({ metricName: `${HTTP_METRIC}_bucket`, labels: { ...labels, le: '+Inf' }, value: count });
  rows.push({ metricName: `${HTTP_METRIC}_sum`, labels, value: sum }, { metricName: `${HTTP_METRIC}_count`, labels, value: count });
  return rows;
}
