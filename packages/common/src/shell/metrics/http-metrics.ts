import type { MetricObjectWithValues, MetricValueWithName } from 'prom-client';

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
export const HTTP_METRIC = 'cairn_http_request_duration_seconds';

interface Series {
  labels: { method: string; route: string; status: number };
  buckets: Uint32Array;
  count: number;
  sum: number;
}

/**
 * Requests by method, route template and status, as a Prometheus histogram.
 * prom-client's own histogram hashes labels at every observation; here a request costs two map reads and an addition.
 */
export class HttpMetrics {
  private readonly byRoute = new Map<string, Map<number, Series>>();

  /** Counts one answered request. `route` is the template, never the address: addresses hold ids and are without end. */
  observe(method: string, route: string, status: number, seconds: number): void {
    const series = this.seriesOf(method, route, status);
    series.count++;
    series.sum += seconds;
    const bucket = BUCKETS.findIndex((limit) => seconds <= limit);
    if (bucket >= 0) series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
  }

  /** In the form prom-client's registry collects. */
  async get(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    const values = [...this.byRoute.values()].flatMap((statuses) => [...statuses.values()].flatMap(valuesOf));
    return {
      name: HTTP_METRIC,
      help: 'Time to answer HTTP requests, by route template.',
      type: 'histogram',
      aggregator: 'sum',
      values,
    } as unknown as MetricObjectWithValues<MetricValueWithName<string>>;
  }

  private seriesOf(method: string, route: string, status: number): Series {
    const statuses = this.byRoute.get(`${method} ${route}`);
    return statuses?.get(status) ?? this.addSeries(method, route, status);
  }

  private addSeries(method: string, route: string, status: number): Series {
    const key = `${method} ${route}`;
    const series = { labels: { method, route, status }, buckets: new Uint32Array(BUCKETS.length), count: 0, sum: 0 };
    const statuses = this.byRoute.get(key) ?? new Map<number, Series>();
    this.byRoute.set(key, statuses.set(status, series));
    return series;
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
