import { type ClaimedBell, type CounterMetric, type HistogramMetric, type Metrics, type OutboxRepository, TIDIED, type Tidied } from '@cairn/common';

type Plain = CounterMetric<Record<never, never>>;

const BACKLOG_MS = 1_000;

/** What the dispatcher does, in numbers. */
export class DispatcherMetrics {
  private readonly rings: Plain;
  private readonly delay: HistogramMetric<Record<never, never>>;
  private readonly refusals: Plain;
  private readonly parkings: Plain;
  private readonly requeued: Plain;
  private readonly quarantined: Plain;
  private readonly reRung: Plain;
  private readonly garbage: Plain;
  private readonly restored: Plain;
  private readonly strangers: Plain;
  private readonly hidden: Plain;
  private readonly removed: CounterMetric<{ of: typeof TIDIED }>;

  constructor(metrics: Metrics) {
    this.rings = metrics.counter({ name: 'outbox_rung_total', help: 'Bells that the broker took.' });
    this.delay = metrics.histogram({
      name: 'outbox_delay_seconds',
      help: 'From the accepted request to the bell.',
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    });
    this.refusals = metrics.counter({ name: 'outbox_refused_total', help: 'Bells that the broker refused.' });
    this.parkings = metrics.counter({ name: 'outbox_parked_total', help: 'Rows that were parked after too many refusals.' });
    this.requeued = metrics.counter({ name: 'jobs_requeued_total', help: 'Jobs whose worker stopped answering and that were queued again.' });
    this.quarantined = metrics.counter({ name: 'jobs_quarantined_total', help: 'Jobs whose worker died in every attempt.' });
    this.reRung = metrics.counter({ name: 'outbox_rung_again_total', help: 'Bells that nobody answered and that were rung again.' });
    this.garbage = metrics.counter({ name: 'garbage_points_deleted_total', help: 'Qdrant points deleted because they no longer count.' });
    this.restored = metrics.counter({ name: 'reconciled_points_restored_total', help: 'Points missing in Qdrant that were written again from Postgres.' });
    this.strangers = metrics.counter({ name: 'reconciled_points_deleted_total', help: 'Points in Qdrant that nothing in Postgres accounts for.' });
    this.hidden = metrics.counter({ name: 'hidden_points_rewritten_total', help: 'Live points that Qdrant hid from searches and that were written again.' });
    this.removed = metrics.counter({ name: 'tidied_total', help: 'What nobody needed any more and was removed from Postgres.', labels: { of: TIDIED } });
  }

  /** Gauges that are read at each scrape. */
  static watchBacklog(metrics: Metrics, outbox: OutboxRepository): void {
    const backlog = sharedFor(BACKLOG_MS, () => outbox.backlog());
    metrics.gaugeOf({ name: 'outbox_waiting', help: 'Bells that are not rung yet.' }, async () => (await backlog()).waiting);
    metrics.gaugeOf({ name: 'outbox_unanswered', help: 'Bells that were rung and not answered yet.' }, async () => (await backlog()).unanswered);
    metrics.gaugeOf({ name: 'outbox_parked', help: 'Bells that the broker refused too often.' }, async () => (await backlog()).parked);
    metrics.gaugeOf({ name: 'outbox_oldest_seconds', help: 'Age of the oldest due bell.' }, async () => (await backlog()).oldestSeconds);
  }

  rung(bells: ClaimedBell[]): void {
    this.rings.add(bells.length);
    const now = Date.now();
    for (const bell of bells) this.delay.observe((now - bell.createdAt.getTime()) / 1_000);
  }

  refused(state: 'waiting' | 'parked'): void {
    this.refusals.add(1);
    if (state === 'parked') this.parkings.add(1);
  }

  swept(counts: { requeued: number; quarantined: number; reRung: number }): void {
    this.requeued.add(counts.requeued);
    this.quarantined.add(counts.quarantined);
    this.reRung.add(counts.reRung);
  }

  collected(points: number): void {
    this.garbage.add(points);
  }

  tidied(removed: Partial<Record<Tidied, number>>): void {
    for (const of of TIDIED) this.removed.add(removed[of] ?? 0, { of });
  }

  rewritten(points: number): void {
    this.hidden.add(points);
  }

  reconciled({ restored, deleted }: { restored: number; deleted: number }): void {
    this.restored.add(restored);
    this.strangers.add(deleted);
  }
}

/** One answer for all who ask within the time. */
function sharedFor<T>(ms: number, ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let until = 0;
  return () => {
    if (answer === undefined || Date.now() > until) {
      answer = ask();
      until = Date.now() + ms;
    }
    return answer;
  };
}
