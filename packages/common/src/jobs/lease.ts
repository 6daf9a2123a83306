import type { JobId, OrgId } from '../ids.js';
import type { JobType, Lane } from './job-types.js';

/** What a message says: which job to look at. Everything else is read from Postgres. */
export interface Bell {
  orgId: OrgId;
  jobId: JobId;
}

/** A job that this process holds until `leaseUntil`, as long as it keeps renewing it. Made by `LeaseRepository` only. */
export interface Lease {
  orgId: OrgId;
  jobId: JobId;
  type: JobType;
  lane: Lane;
  payload: Record<string, unknown>;
  /** What a user asked for that the job is a part of. */
  operationId: string | null;
  fence: string;
  token: string;
  /** 1 for the first attempt of the series. */
  attempt: number;
  maxAttempts: number;
  /** As Postgres writes it: a JavaScript date would lose the microseconds that order two writes. */
  acceptedAt: string;
  correlationId: string | null;
  traceparent: string | null;
}

/** The job is no longer ours: cancelled, or leased by another after we paused too long. Stop; nothing more may be written. */
export class LeaseLostError extends Error {
  constructor(jobId: JobId) {
    super(`the lease of job ${jobId} is lost`);
    this.name = 'LeaseLostError';
  }
}
