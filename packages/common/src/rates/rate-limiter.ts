import { RATE_SUBJECTS, type RateSubject, type RatesConfig } from '../config/rates.config.js';
import { CairnError } from '../errors/catalogue.js';
import { RATE_CLASSES, type RateClass } from '../shell/endpoints/rate-class.js';
import type { CounterMetric, Metrics } from '../shell/metrics/metrics.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import { addressKey } from './address-key.js';
import { type RateState, RateTable } from './rate-table.js';

/** Some 20 MB for each of the ten limits, in the worst case. */
const MAX_KEYS = 100_000;
const LABELS = { limit: RATE_CLASSES, of: RATE_SUBJECTS } as const;

/** What a request is told: how the tightest limit stands, and why it is refused, if it is. */
export interface RateVerdict {
  state: RateState;
  refusal?: CairnError;
}

interface Bucket {
  rateClass: RateClass;
  of: RateSubject;
  key: string;
  table: RateTable;
}

/**
 * Counts requests in this process and says which are too many. It asks nobody and waits for nobody, so there is nothing in it that can fail and let
 * everybody through.
 */
export class RateLimiter {
  private readonly tables = new Map<string, RateTable>();
  private readonly refused: CounterMetric<typeof LABELS>;

  constructor(
    private readonly rates: RatesConfig,
    metrics: Metrics,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.refused = metrics.counter({ name: 'rate_limited_total', help: 'Requests refused because there were too many.', labels: LABELS });
  }

  /** Counts a request of a caller who is known. */
  ofCaller({ orgId, actor }: TenantScope, rateClass: RateClass): RateVerdict | undefined {
    return this.take([...this.bucket(rateClass, 'organisation', orgId), ...this.bucket(rateClass, 'caller', `${orgId} ${actor}`)]);
  }

  /** Counts a request of somebody who is not known yet. */
  ofAddress(address: string, rateClass: RateClass): RateVerdict | undefined {
    return this.take(this.bucket(rateClass, 'address', addressKey(address)));
  }

  /** Counts a try to log in to an account; it is no matter whether there is one. */
  ofAccount(account: string): RateVerdict | undefined {
    return this.take(this.bucket('logins', 'account', account));
  }

  /** The password was right: those that were wrong before do not count any more. */
  forgetAccount(account: string): void {
    for (const { table, key } of this.bucket('logins', 'account', account)) table.forget(key);
  }

  /** All or none of them: what is refused by one uses up nothing of another. */
  private take(buckets: Bucket[]): RateVerdict | undefined {
    const now = this.now();
    const looks = buckets.map((bucket) => ({ bucket, state: bucket.table.look(bucket.key, now) }));
    const [first] = looks.sort((a, b) => b.state.waitMs - a.state.waitMs || a.state.remaining - b.state.remaining);
    if (!first) return undefined;
    if (first.state.waitMs > 0) return { state: first.state, refusal: this.refuse(first.bucket, first.state) };
    for (const { table, key } of buckets) table.take(key, now);
    return { state: first.bucket.table.look(first.bucket.key, now) };
  }

  private refuse({ rateClass, of }: Bucket, { limit, waitMs }: RateState): CairnError {
    this.refused.add(1, { limit: rateClass, of });
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1_000));
    const detail = `The limit of ${rateClass} of the ${of} is ${limit} a minute, and they came faster. Wait ${retryAfterSeconds} s, then go on more slowly.`;
    return new CairnError('rate_limited', detail, { retryAfterSeconds, current: { limit: rateClass, of, per_minute: limit } });
  }

  private bucket(rateClass: RateClass, of: RateSubject, key: string): Bucket[] {
    const table = this.tableOf(rateClass, of);
    return table ? [{ rateClass, of, key, table }] : [];
  }

  private tableOf(rateClass: RateClass, of: RateSubject): RateTable | undefined {
    const name = `${of} ${rateClass}`;
    const known = this.tables.get(name);
    if (known) return known;
    const limit = this.rates.perMinute(of, rateClass);
    if (limit === 0) return undefined;
    const table = new RateTable(limit, MAX_KEYS);
    this.tables.set(name, table);
    return table;
  }
}
