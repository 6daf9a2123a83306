import { type Bell, type Lease, LeaseLostError, type LeaseRepository } from '@cairn/common';
import type { Logger } from './logger.js';

interface Waiting {
  bell: Bell;
  settle(lease: Lease | undefined): void;
  fail(error: unknown): void;
}

/** This process is going away: the job is handed to another one, and its attempt is not counted. */
export class HandBack extends Error {
  constructor() {
    super('the worker is shutting down');
    this.name = 'HandBack';
  }
}

/**
 * Holds the leases of this process: takes many in one statement, renews all of them in one, and tells a job at once when its lease is gone.
 */
export class LeaseKeeper {
  private readonly held = new Map<string, { lease: Lease; lost: AbortController }>();
  private waiting: Waiting[] = [];
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
    return new Promise((settle, fail) => {
      this.waiting.push({ bell, settle, fail });
      // All bells that arrived in this turn of the event loop are leased in one statement.
      if (this.waiting.length === 1) setImmediate(() => void this.takeAll());
    });
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
    for (const { lost } of this.held.values()) lost.abort(new HandBack());
  }

  private async takeAll(): Promise<void> {
    const waiting = this.waiting;
    this.waiting = [];
    try {
      const leases = new Map((await this.leases.take(waiting.map(({ bell }) => bell))).map((lease) => [lease.jobId, lease]));
      for (const { bell, settle } of waiting) {
        settle(leases.get(bell.jobId));
        leases.delete(bell.jobId); // the second of two equal bells gets none
      }
    } catch (error) {
      for (const { fail } of waiting) fail(error);
    }
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
