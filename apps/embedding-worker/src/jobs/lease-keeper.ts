import { type Bell, type EndedWell, type Lease, LeaseLostError, type LeaseRepository, type Logger } from '@cairn/common';
import { Batcher } from './batcher.js';

// Two, so that a statement that waits for somebody's row lock does not hold up the whole process.
const BATCHES = { lanes: 2, max: 500 };

/** The job has to begin again, here or in another process, through no fault of its own: its attempt is not counted. */
export class HandBack extends Error {
  constructor(
    reason: string,
    /** Before it is tried again. */
    readonly delayMs = 0,
  ) {
    super(reason);
    this.name = 'HandBack';
  }
}

/**
 * Holds the leases of this process: takes and ends many in one statement, renews all of them in one, and tells a job at once when its lease is gone.
 */
export class LeaseKeeper {
  private readonly held = new Map<string, { lease: Lease; lost: AbortController }>();
  private readonly taking = new Batcher((bells: Bell[]) => this.takeAll(bells), BATCHES);
  private readonly ending = new Batcher((ended: EndedWell[]) => this.succeedAll(ended), BATCHES);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly leases: LeaseRepository,
    private readonly options: { leaseMs: number; logger: Logger },
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.renew(), this.options.leaseMs / 3);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  get count(): number {
    return this.held.size;
  }

  /** The lease of the job, or undefined when it is not free. */
  take(bell: Bell): Promise<Lease | undefined> {
    return this.taking.add(bell);
  }

  /** Ends a job well that has nothing to write besides its result; throws LeaseLostError when it is no longer ours. */
  async succeed(lease: Lease, result: Record<string, unknown>): Promise<void> {
    if (!(await this.ending.add({ lease, result }))) throw new LeaseLostError(lease.jobId);
  }

  /** Runs the work with a signal that is aborted when the lease is lost. */
  async whileHeld<T>(lease: Lease, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const lost = new AbortController();
    this.held.set(lease.token, { lease, lost });
    try {
      return await work(lost.signal);
    } finally {
      this.held.delete(lease.token);
    }
  }

  /** Aborts the work on this job, if it is done here. */
  drop(jobId: string): void {
    for (const { lease, lost } of this.held.values()) if (lease.jobId === jobId) lost.abort(new LeaseLostError(lease.jobId));
  }

  /** Ends the work that still runs here; its jobs go to other workers at once. */
  handBackAll(): void {
    for (const { lost } of this.held.values()) lost.abort(new HandBack('the worker is shutting down'));
  }

  private async takeAll(bells: Bell[]): Promise<(Lease | undefined)[]> {
    const leases = new Map((await this.leases.take(bells)).map((lease) => [lease.jobId, lease]));
    return bells.map(({ jobId }) => {
      const lease = leases.get(jobId);
      leases.delete(jobId); // the second of two equal bells gets none
      return lease;
    });
  }

  private async succeedAll(ended: EndedWell[]): Promise<boolean[]> {
    const done = await this.leases.succeedAll(ended);
    return ended.map(({ lease }) => done.has(lease.token));
  }

  private async renew(): Promise<void> {
    const held = [...this.held.values()];
    if (held.length === 0) return;
    try {
      const kept = await this.leases.renew(held.map(({ lease }) => lease));
      for (const { lease, lost } of held) if (!kept.has(lease.token) && this.held.has(lease.token)) lost.abort(new LeaseLostError(lease.jobId));
    } catch (error) {
      // Not renewed is not lost: the database decides that by its own clock, when it can be asked again.
      this.options.logger.warn({ error: (error as Error).message }, 'leases could not be renewed');
    }
  }
}
