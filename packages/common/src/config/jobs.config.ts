import { IsInt, Max, Min } from 'class-validator';
import { Env } from './env.decorator.js';

/** How work is leased, retried and given up. */
export class JobsConfig {
  @Env('LEASE_MS', { doc: 'Milliseconds for which a worker owns a job, or a device that it shares, without a heartbeat.' })
  @IsInt()
  @Min(500)
  leaseMs: number = 30_000;

  @Env('SWEEP_MS', { doc: 'Milliseconds between two looks for expired leases and due retries.' })
  @IsInt()
  @Min(50)
  sweepMs: number = 5_000;

  @Env('MAX_ATTEMPTS', { doc: 'Times a job is tried before it is failed.' })
  @IsInt()
  @Min(1)
  @Max(100)
  maxAttempts: number = 3;

  @Env('RETRY_BACKOFF_MS', { doc: 'Milliseconds before the second attempt; doubled for each further one.' })
  @IsInt()
  @Min(0)
  retryBackoffMs: number = 1_000;

  @Env('RETRY_BACKOFF_MAX_MS', { doc: 'The longest wait between two attempts, in milliseconds.' })
  @IsInt()
  @Min(0)
  retryBackoffMaxMs: number = 60_000;

  @Env('WORKER_SLOTS', { doc: 'Jobs that one worker process handles at once.' })
  @IsInt()
  @Min(1)
  @Max(256)
  slots: number = 8;

  @Env('DISPATCH_BATCH', { doc: 'Outbox rows of one dispatch.' })
  @IsInt()
  @Min(1)
  @Max(5_000)
  dispatchBatch: number = 500;

  @Env('DISPATCH_POLL_MS', { doc: 'Milliseconds between two looks at the outbox when no bell rang.' })
  @IsInt()
  @Min(10)
  dispatchPollMs: number = 1_000;
}
