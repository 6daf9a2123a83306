import type { JobType, Lease, Sql, TenantScope } from '@cairn/common';

/** What a handler is given. */
export interface JobContext {
  lease: Lease;
  scope: TenantScope;
  /** Aborted when the job was cancelled or leased by another; stop then. */
  signal: AbortSignal;
  /** Tells the clients how far the job is; throws when the lease is lost. */
  report(stage: string, progress: number): Promise<void>;
}

export type JobResult = Record<string, unknown>;

/**
 * How a job ended well. What `commit` writes becomes visible together with the job's success, or not at all: it runs in the transaction that ends the job.
 * A job that has nothing to write gives its result, and is ended together with others.
 */
export type JobOutcome = { kind: 'commit'; commit(sql: Sql): Promise<JobResult> } | { kind: 'result'; result: JobResult };

export interface JobHandler {
  handle(context: JobContext): Promise<JobOutcome>;
}

/** A handler for every type of job: the compiler refuses a definition without one. */
export type JobHandlers = { [Type in JobType]: JobHandler };
