import type { NatsConnection } from '@nats-io/transport-node';
import type { Subjects } from './subjects.js';

const LINGER_MS = 10;

/** Fire-and-forget messages after a commit. They only shorten a wait: everything they say is also found by polling. */
export class Hints {
  private readonly orgIds = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly connection: () => NatsConnection | undefined,
    private readonly subjects: Subjects,
  ) {}

  /** There are new outbox rows. */
  wakeDispatcher(): void {
    this.publish(this.subjects.wake, '');
  }

  /** The organisation has new events; many hints within a few milliseconds become one. */
  announceEvents(orgId: string): void {
    this.orgIds.add(orgId);
    this.timer ??= setTimeout(() => this.flush(), LINGER_MS).unref();
  }

  /** A worker that still runs the job may stop. */
  announceCancel(jobId: string): void {
    this.publish(this.subjects.cancelled, jobId);
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
