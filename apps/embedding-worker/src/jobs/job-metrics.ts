import { JOB_DEFINITIONS, type JobType, type Metrics } from '@cairn/common';

const TYPES = Object.keys(JOB_DEFINITIONS) as JobType[];
const OUTCOMES = ['succeeded', 'queued', 'failed', 'lease_lost', 'unknown'] as const;
type Outcome = (typeof OUTCOMES)[number];

/** How job attempts end and how long they take. */
export class JobMetrics {
  private readonly attempts;
  private readonly seconds;

  constructor(metrics: Metrics) {
    this.attempts = metrics.counter({ name: 'job_attempts_total', help: 'Job attempts by how they ended.', labels: { type: TYPES, outcome: OUTCOMES } });
    this.seconds = metrics.histogram({
      name: 'job_attempt_seconds',
      help: 'Duration of job attempts.',
      labels: { type: TYPES },
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    });
  }

  ended(type: JobType, outcome: string, ms: number): void {
    this.attempts.add(1, { type, outcome: outcome as Outcome });
    this.seconds.observe(ms / 1_000, { type });
  }
}
