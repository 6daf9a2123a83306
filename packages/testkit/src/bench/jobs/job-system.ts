import type { Message } from '../core/child.js';

/** One queue under test: what accepts a job, what carries it, and what handles it in a process of its own. */
export interface JobSystem {
  readonly name: string;
  /** Makes the database, once per bench. */
  prepare(): Promise<void>;
  /** Starts the worker processes and the producer. */
  start(): Promise<void>;
  /** Resolves when the job is accepted, that is committed. */
  enqueue(job: BenchJob): Promise<void>;
  /** Resolves when the workers have handled so many more jobs. */
  handled(count: number): Promise<void>;
  /** Jobs of which the database does not say that they are done. */
  unfinished(): Promise<number>;
  /** Milliseconds from before `enqueue` to the handler's first line, for the jobs with a time since the last call. */
  latencies(): Promise<number[]>;
  /** The processes that do the work besides the producer and the servers. */
  processes(): { name: string; pid: number }[];
  stop(): Promise<void>;
}

export interface BenchJob {
  /** When it was given, in nanoseconds of the machine's monotonic clock; empty when its latency is not wanted. */
  since: string;
}

/** What every worker process counts. */
export class Tally {
  private count = 0;
  private target = Number.POSITIVE_INFINITY;
  private reach: () => void = () => undefined;
  private waits: number[] = [];

  /** The handler was called. */
  began(job: BenchJob): void {
    if (job.since) this.waits.push(Number(process.hrtime.bigint() - BigInt(job.since)) / 1e6);
  }

  /** So many jobs are done, as far as this process knows. */
  finished(jobs = 1): void {
    this.count += jobs;
    if (this.count >= this.target) this.reach();
  }

  answers() {
    return {
      handled: async (message: Message) => {
        await this.reached(message.count as number);
        return { kind: 'handled' };
      },
      latencies: () => {
        const waits = this.waits;
        this.waits = [];
        return { kind: 'latencies', waits };
      },
    };
  }

  private async reached(count: number): Promise<void> {
    this.target = count;
    if (this.count < count) await new Promise<void>((resolve) => (this.reach = resolve));
    this.count -= count;
    this.target = Number.POSITIVE_INFINITY;
  }
}
