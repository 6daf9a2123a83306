import { type BellRinger, type ClaimedBell, faultPoint, LANES, type Lane, type Logger, type OutboxRepository, pause, type Sql } from '@cairn/common';
import type { DispatcherMetrics } from './dispatcher-metrics.js';

export interface RelayOptions {
  batch: number;
  pollMs: number;
  /** Unanswered bells that one organisation may have in a lane: a flood of one waits here, not in front of everybody else's in the broker. */
  perTenantCap: Record<Lane, number>;
  /** Refusals of the broker after which a row is parked. */
  refusalCap: number;
}

/** What a look at the outbox found: `more` than one batch holds, `some` bells, or only those of organisations that are at their cap (`full`). */
type Found = 'nothing' | 'some' | 'more' | 'full';

const BROKER_AWAY_MS = 500;
// A full tenant makes room when its bells are answered, and nobody tells us: look again soon, and less often the longer nothing moves.
const FULL_FIRST_MS = 5;
const FULL_LONGEST_MS = 250;
// After a few bells the relay rests for as long as they took: under load many wake-ups become one claim, and a lone bell still waits for nothing.
const REST_LONGEST_MS = 20;
// Given as the reason, because making the usual exception costs more than the whole wake-up.
const WOKEN = 'woken';

/** Carries bells from the outbox to the broker. Many may run at once: claimed rows are locked, and the others are skipped. */
export class Relay {
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private woken = new AbortController();
  private fullMs = FULL_FIRST_MS;
  // Never twice in a row: bulk bells are not seen in a hurry.
  private hurried = false;

  constructor(
    private readonly outbox: OutboxRepository,
    private readonly ringer: BellRinger,
    private readonly ensureStream: () => Promise<void>,
    private readonly metrics: DispatcherMetrics,
    private readonly logger: Logger,
    private readonly options: RelayOptions,
  ) {}

  start(): void {
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.loop;
  }

  /** There may be new rows: look now. */
  wake(): void {
    this.woken.abort(WOKEN);
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const hurry = this.woken.signal.aborted && !this.hurried;
      this.hurried = hurry;
      this.woken = new AbortController();
      const startedAt = performance.now();
      try {
        const found = hurry ? await this.dispatchAtOnce() : await this.dispatchAll();
        await this.rest(found, performance.now() - startedAt);
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        this.logger.warn({ error: (error as Error).message }, 'bells could not be rung; trying again');
        await this.brokerIsBack();
      }
    }
  }

  // Nothing is claimed meanwhile: a transaction that waits for the broker would hold back everybody's event feed.
  private async brokerIsBack(): Promise<void> {
    for (let back = false; !back && !this.stopping.signal.aborted; ) {
      await pause(BROKER_AWAY_MS, this.stopping.signal);
      back = await this.ensureStream().then(
        () => true,
        () => false,
      );
    }
  }

  private async rest(found: Found, tookMs: number): Promise<void> {
    if (found === 'nothing') await pause(this.options.pollMs, this.woken.signal);
    if (found === 'full') await pause(this.fullMs, this.stopping.signal);
    if (found === 'some') await pause(Math.min(tookMs, REST_LONGEST_MS), this.stopping.signal);
    this.fullMs = found === 'full' ? Math.min(this.fullMs * 2, FULL_LONGEST_MS) : FULL_FIRST_MS;
  }

  /** Somebody waits: there is no need to ask first whether interactive bells are due. */
  private async dispatchAtOnce(): Promise<Found> {
    const rung = await this.dispatch('interactive');
    return rung > 0 ? this.foundBy(rung) : this.dispatchAll();
  }

  /** Interactive bells first: bulk gets its turn when they do not fill a batch. */
  private async dispatchAll(): Promise<Found> {
    const due = await this.outbox.dueLanes();
    if (due.size === 0) return 'nothing';
    let found: Found = 'full';
    for (const lane of LANES.filter((one) => due.has(one))) {
      const rung = await this.dispatch(lane);
      if (rung > 0) found = this.foundBy(rung);
      if (found === 'more') return found;
    }
    return found;
  }

  private foundBy(rung: number): Found {
    return rung >= this.options.batch ? 'more' : 'some';
  }

  private async dispatch(lane: Lane): Promise<number> {
    const claim = { lane, batch: this.options.batch, perTenantCap: this.options.perTenantCap[lane] };
    const rung = await this.outbox.withClaimed(claim, async (bells, sql) => {
      if (bells.length === 0) return bells;
      faultPoint('D1');
      await this.ring(bells, sql);
      return bells;
    });
    if (rung.length > 0) faultPoint('D3');
    return rung.length;
  }

  // The rows stay locked until the broker has acknowledged: dying in between rings a bell twice, never not at all.
  private async ring(bells: ClaimedBell[], sql: Sql): Promise<void> {
    const outcomes = await this.ringer.ring(bells);
    faultPoint('D2');
    const rung = bells.filter((_, index) => outcomes[index]?.kind === 'rung');
    await this.outbox.markRung(sql, rung);
    this.metrics.rung(rung);
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.kind === 'refused') await this.refuse(sql, bells[index] as ClaimedBell, outcome.reason);
    }
  }

  private async refuse(sql: Sql, bell: ClaimedBell, reason: string): Promise<void> {
    const state = await this.outbox.markRefused(sql, bell, reason, this.options.refusalCap);
    this.metrics.refused(state);
    this.logger.warn({ jobId: bell.jobId, orgId: bell.orgId, reason, state }, 'the broker refused a bell');
  }
}
