import type { ApiClient } from '../system/api-client.js';
import { Hopeless } from '../system/wait.js';
import { jobOf, type Ledger } from './ledger.js';
import { Loop } from './loop.js';
import type { Random } from './random.js';
import { readSse, type SseEvent } from './read-sse.js';
import { must } from './violation.js';

const PACE_MS = 100;
const SITTING_MS = 3_000;

/** Reads the event streams of single jobs to their end, leaves at random and comes back with Last-Event-ID. */
export class StreamReader {
  readonly finished = new Map<string, number>();
  sittings = 0;
  private readonly loop: Loop;
  private current: { job: string; seen: number } | undefined;

  constructor(
    private readonly client: ApiClient,
    private readonly ledger: Ledger,
    private readonly random: Random,
  ) {
    this.loop = new Loop(() => this.sit(), PACE_MS);
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  private async sit(): Promise<void> {
    this.current ??= this.choose();
    if (!this.current) return;
    const { job, seen } = this.current;
    const leaveAfter = 1 + this.random.below(4);
    const options = { lastEventId: seen === 0 ? undefined : String(seen), withinMs: SITTING_MS, leaveAfter };
    const { events, ended } = await readSse(this.client.baseUrl, this.client, `/jobs/${job}/events`, options).catch(cut);
    this.sittings++;
    this.note(this.current, events);
    if (!ended) return;
    this.finished.set(job, this.current.seen);
    this.current = undefined;
  }

  private choose(): { job: string; seen: number } | undefined {
    const recent = this.ledger.entries.slice(-100).filter((entry) => entry.org === this.client.person.org);
    const jobs = recent.flatMap((entry) => jobOf(entry) ?? []).filter((job) => !this.finished.has(job));
    return jobs.length > 0 ? { job: this.random.pick(jobs), seen: 0 } : undefined;
  }

  private note(current: { job: string; seen: number }, events: SseEvent[]): void {
    for (const { id } of events) {
      must(Number(id) === current.seen + 1, 'G10', `after event ${current.seen} the stream of job ${current.job} told event ${id}`);
      current.seen = Number(id);
    }
  }
}

// The line was cut: what was read before counts, and the next sitting goes on from there.
function cut(error: Error & { events?: SseEvent[] }): { events: SseEvent[]; ended: boolean } {
  if (error instanceof Hopeless) throw error;
  return { events: error.events ?? [], ended: false };
}
