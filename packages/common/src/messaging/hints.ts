import type { NatsConnection } from '@nats-io/transport-node';
import type { Subjects } from './subjects.js';

const LINGER_MS = 10;
const WAKE_REST_MS = 10;

/** Fire-and-forget messages after a commit. They only shorten a wait: everything they say is also found by polling. */
export class Hints {
  private readonly orgIds = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private wakeRest: NodeJS.Timeout | undefined;
  private wakeAgain = false;

  constructor(
    private readonly connection: () => NatsConnection | undefined,
    private readonly subjects: Subjects,
  ) {}

  /** There are new outbox rows. The first call says so at once; those of the next milliseconds become one more message at their end. */
  wakeDispatcher(): void {
    if (this.wakeRest) {
      this.wakeAgain = true;
      return;
    }
    this.publish(this.subjects.wake, '');
    this.wakeRest = setTimeout(() => this.endWakeRest(), WAKE_REST_MS).unref();
  }

  /** The organisation has new events; many hints within a few milliseconds become one. */
  announceEvents(orgId: string): void {
    this.orgIds.add(orgId);
    this.timer ??= setTimeout(() => this.flush(), LINGER_MS).unref();
  }

  /** The organisation has new jobs, and their first events. */
  announceJobs(orgId: string): void {
    this.wakeDispatcher();
    this.announceEvents(orgId);
  }

  /** A worker that still runs the job may stop. */
  announceCancel(jobId: string): void {
    this.publish(this.subjects.cancelled, jobId);
  }

  private endWakeRest(): void {
    this.wakeRest = undefined;
    if (!this.wakeAgain) return;
    this.wakeAgain = false;
    this.wakeDispatcher();
  }

  private flush(): void {
    this.timer = undefined;
    const orgIds = [...this.orgIds];
    this.orgIds.clear();
    this.publish(this.subjects.events, JSON.stringify(orgIds));
  }

  private publish(subject: string, text: string): void {
    const connection = this.connection();
    if (!connection || connection.isClosed()) return;
    try {
      connection.publish(subject, text);
    } catch {
      // not connected right now: the poll will find it
    }
  }
}
