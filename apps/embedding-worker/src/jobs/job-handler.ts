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

/** The job's result, made in the transaction that ends the job: what `commit` writes becomes visible together with its success, or not at all. */
export interface JobOutcome {
  commit(sql: Sql): Promise<JobResult>;
}

export interface JobHandler {
  handle(context: JobContext): Promise<JobOutcome>;
}

/** A handler for every type of job: the compiler refuses a definition without one. */
export type JobHandlers = { [Type in JobType]: JobHandler };
