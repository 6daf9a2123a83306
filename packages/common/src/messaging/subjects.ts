import type { JobType, Lane } from '../jobs/job-types.js';

/** Every subject and stream of one system, under its namespace. Ids never appear in subjects. */
export class Subjects {
  constructor(private readonly namespace: string) {}

  get jobStream(): string {
    return `${this.namespace.toUpperCase().replaceAll('-', '_')}_JOBS`;
  }

  get allJobs(): string {
    return `${this.namespace}.jobs.>`;
  }

  jobsOf(lane: Lane): string {
    return `${this.namespace}.jobs.${lane}.*`;
  }

  job(lane: Lane, type: JobType): string {
    return `${this.namespace}.jobs.${lane}.${type}`;
  }

  consumerOf(lane: Lane): string {
    return `worker-${lane}`;
  }

  /** "There are new outbox rows": wakes the dispatcher; losing it costs one poll. */
  get wake(): string {
    return `${this.namespace}.wake`;
  }

  /** "These organisations have new events": wakes open streams; losing it costs one poll. */
  get events(): string {
    return `${this.namespace}.events`;
  }

  /** "These jobs were cancelled": their workers stop at once instead of at the next heartbeat. */
  get cancelled(): string {
    return `${this.namespace}.cancelled`;
  }

  /** "Nobody waits for the answer to this request any more": a worker that works on it stops; losing it costs that work. */
  get abandoned(): string {
    return `${this.namespace}.abandoned`;
  }

  /** Requests for vectors of one space, answered by any worker that has its model. */
  embedTexts(space: string): string {
    return `${this.namespace}.embed.${space}`;
  }

  /** Requests to say what plans make of a text, answered by any worker that has the model of the space. */
  cutText(space: string): string {
    return `${this.namespace}.cut.${space}`;
  }

  /** Requests to compare texts with a query, answered by any worker that has the model of the space, or the reranker of this name and version. */
  compareTexts(model: string): string {
    return `${this.namespace}.compare.${model}`;
  }
}
