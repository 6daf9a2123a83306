import {
  type Bell,
  type Database,
  DependencyError,
  faultPoint,
  type Hints,
  isPassing,
  type Lease,
  LeaseLostError,
  type LeaseRepository,
  type Logger,
  PermanentJobError,
  patiently,
  scopeOfLease,
  type TenantScope,
} from '@cairn/common';
import type { JobContext, JobHandlers, JobOutcome } from './job-handler.js';
import type { JobMetrics } from './job-metrics.js';
import { HandBack, type LeaseKeeper } from './lease-keeper.js';

export interface RunnerOptions {
  backoffMs: number;
  backoffMaxMs: number;
  /** How long a finished job waits for a database that is away before it leaves its end to the sweeper. */
  patienceMs: number;
}

const HAND_BACK_MS = 2_000;

/** The worker loop for one bell: lease, work, end. It makes the scope that the work runs under, from the lease that Postgres gave. */
export class JobRunner {
  constructor(
    private readonly database: Database,
    private readonly leases: LeaseRepository,
    private readonly keeper: LeaseKeeper,
    private readonly handlers: JobHandlers,
    private readonly hints: Hints,
    private readonly metrics: JobMetrics,
    private readonly logger: Logger,
    private readonly options: RunnerOptions,
  ) {}

  /** Resolves when the bell needs no further attention; throws when Postgres could not be asked. */
  async answer(bell: Bell): Promise<void> {
    const lease = await this.keeper.take(bell);
    if (!lease) return; // somebody else's, ended, or not due yet
    faultPoint('W2');
    this.hints.announceEvents(lease.orgId);
    await this.keeper.whileHeld(lease, (signal) => this.run(lease, scopeOfLease(lease), signal));
    this.hints.announceEvents(lease.orgId);
  }

  private async run(lease: Lease, scope: TenantScope, signal: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    const outcome = await this.work(lease, scope, signal).then(
      () => 'succeeded' as const,
      (error: unknown) => this.settle(lease, scope, error, signal),
    );
    const ms = Math.round(performance.now() - startedAt);
    this.metrics.ended(lease.type, outcome, ms);
    this.logger.info({ jobId: lease.jobId, orgId: lease.orgId, type: lease.type, attempt: lease.attempt, outcome, ms }, 'job attempt ended');
  }

  private async work(lease: Lease, scope: TenantScope, signal: AbortSignal): Promise<void> {
    const context: JobContext = { lease, scope, signal, report: (stage, progress) => this.report(lease, signal, stage, progress) };
    const outcome = await this.handlers[lease.type].handle(context);
    faultPoint('W7');
    await patiently({ signal, forMs: this.options.patienceMs }, () => this.succeed(lease, scope, outcome));
  }

  private succeed(lease: Lease, scope: TenantScope, outcome: JobOutcome): Promise<void> {
    if (outcome.kind === 'result') return this.keeper.succeed(lease, outcome.result);
    return this.database.tenant(scope, async (sql) => {
      const result = await outcome.commit(sql);
      await this.leases.succeed(lease, result, sql);
    });
  }

  private async report(lease: Lease, signal: AbortSignal, stage: string, progress: number): Promise<void> {
    await patiently({ signal, forMs: this.options.patienceMs }, () => this.leases.report(lease, { stage, progress }));
    this.hints.announceEvents(lease.orgId);
  }

  private async settle(lease: Lease, scope: TenantScope, error: unknown, signal: AbortSignal): Promise<string> {
    const reason = signal.aborted ? signal.reason : error;
    if (reason instanceof LeaseLostError) return 'lease_lost';
    const handedBack = reason instanceof HandBack;
    const patience = { signal: handedBack ? new AbortController().signal : signal, forMs: handedBack ? HAND_BACK_MS : this.options.patienceMs };
    try {
      return await patiently(patience, () => this.end(lease, scope, reason));
    } catch (last) {
      if (last instanceof LeaseLostError || signal.aborted) return 'lease_lost';
      this.logger.error({ jobId: lease.jobId, error: (last as Error).message }, 'the end of a job could not be written; the sweeper will find it');
      return 'unknown';
    }
  }

  private end(lease: Lease, scope: TenantScope, error: unknown): Promise<string> {
    if (error instanceof HandBack) return this.leases.giveBack(scope, lease, error.message, error.delayMs);
    if (isPassing(error)) {
      const name = error instanceof DependencyError ? error.dependency : 'pg';
      return this.leases.giveBack(scope, lease, `waiting for ${name}`, jitter(2_000));
    }
    const permanent = error instanceof PermanentJobError;
    const message = error instanceof Error ? error.message : String(error);
    if (!permanent) this.logger.warn({ jobId: lease.jobId, error: message, stack: (error as Error).stack }, 'a job attempt failed');
    return this.leases.fail(scope, lease, { code: permanent ? error.code : 'error', message, retryable: !permanent, backoffMs: this.backoffOf(lease.attempt) });
  }

  private backoffOf(attempt: number): number {
    return jitter(Math.min(this.options.backoffMs * 2 ** (attempt - 1), this.options.backoffMaxMs));
  }
}

const jitter = (ms: number): number => ms * (0.8 + Math.random() * 0.4);
