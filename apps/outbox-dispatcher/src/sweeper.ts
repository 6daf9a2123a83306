import { faultPoint, type Hints, type Logger, type SweepRepository } from '@cairn/common';
import type { DispatcherMetrics } from './dispatcher-metrics.js';

export interface SweeperOptions {
  reRingAfterMs: number;
  leaseMs: number;
  inputRetentionHours: number;
  eventRetentionDays: number;
}

const FORGET_EVERY_MS = 60_000;

/** Finds work that nobody holds any more: leases of dead workers, bells that the broker lost, jobs past their deadline. */
export class Sweeper {
  private forgetAt = 0;

  constructor(
    private readonly sweeps: SweepRepository,
    private readonly hints: Hints,
    private readonly wakeRelay: () => void,
    private readonly metrics: DispatcherMetrics,
    private readonly logger: Logger,
    private readonly options: SweeperOptions,
  ) {}

  async sweep(): Promise<void> {
    const result = await this.sweeps.sweep(this.options);
    faultPoint('R1');
    const { orgIds, ...counts } = result;
    for (const orgId of orgIds) this.hints.announceEvents(orgId);
    if (result.requeued + result.reRung + result.silent > 0) this.wakeRelay();
    if (Object.values(counts).some((count) => count > 0)) this.logger.info(counts, 'unheld work swept');
    this.metrics.swept(counts);
    await this.forget();
  }

  /** Every bell that is out is rung again: the broker lost what it had. */
  async broadcast(reason: string): Promise<void> {
    const bells = await this.sweeps.reRingAll();
    this.logger.warn({ bells, reason }, 'all unanswered bells are rung again');
    this.wakeRelay();
  }

  private async forget(): Promise<void> {
    if (Date.now() < this.forgetAt) return;
    this.forgetAt = Date.now() + FORGET_EVERY_MS;
    await this.sweeps.forget({ inputHours: this.options.inputRetentionHours, eventDays: this.options.eventRetentionDays });
  }
}
