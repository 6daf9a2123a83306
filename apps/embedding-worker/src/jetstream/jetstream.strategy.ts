import { type Bell, faultPoint, isLooseUuid, type JobId, type Lane, type OrgId, pause, type Subjects } from '@cairn/common';
import { type Consumer, type ConsumerMessages, type JsMsg, jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { JetStreamContext } from './jetstream.context.js';

export interface JetStreamOptions {
  connection: NatsConnection;
  subjects: Subjects;
  ackWaitMs: number;
  slots: Record<Lane, number>;
}

const RETRY_MS = 500;
/** The pattern under which the one handler of bells is registered. */
export const BELL = 'job.bell';

/**
 * Nest transport over JetStream. A message is a bell that names a job: whatever the job comes to is written in Postgres, so a bell is acked
 * once it was looked at, and only handed back when Postgres could not be asked.
 */
export class JetStreamStrategy extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  private readonly closing = new AbortController();
  private readonly busy = new Set<Promise<void>>();
  private readonly loops: Promise<void>[] = [];
  private readonly open = new Set<ConsumerMessages>();

  constructor(private readonly options: JetStreamOptions) {
    super();
  }

  listen(callback: () => void): void {
    for (const [lane, slots] of Object.entries(this.options.slots)) this.loops.push(this.loop(lane as Lane, slots));
    callback();
  }

  /** Takes no further bell and waits for those in hand. */
  async close(): Promise<void> {
    this.closing.abort();
    for (const messages of this.open) messages.stop();
    await Promise.all(this.loops);
    await Promise.all(this.busy);
  }

  override on(): never {
    throw new Error('The JetStream transport has no events of its own');
  }

  override unwrap<T>(): T {
    return this.options.connection as T;
  }

  // The stream can vanish at any time (a broker that lost its store). The dispatcher makes it again, and knows then what to ring again.
  private async loop(lane: Lane, slots: number): Promise<void> {
    while (!this.closing.signal.aborted) {
      try {
        await this.consume(lane, slots);
      } catch (error) {
        if (this.closing.signal.aborted) return;
        this.logger.warn(`bells of lane ${lane} cannot be read: ${(error as Error).message}`);
        await pause(RETRY_MS, this.closing.signal);
      }
    }
  }

  private async consume(lane: Lane, slots: number): Promise<void> {
    const consumer: Consumer = await jetstream(this.options.connection).consumers.get(this.options.subjects.jobStream, this.options.subjects.consumerOf(lane));
    const messages = await consumer.consume({ max_messages: slots * 2, expires: 5_000, idle_heartbeat: 1_000, abort_on_missing_resource: true });
    this.open.add(messages);
    const free = new Slots(slots);
    try {
      for await (const message of messages) {
        if (this.closing.signal.aborted) message.nak();
        else await free.use((done) => this.track(this.handle(message).finally(done)));
      }
    } finally {
      this.open.delete(messages);
    }
  }

  private track(work: Promise<void>): void {
    const tracked = work.finally(() => this.busy.delete(tracked));
    this.busy.add(tracked);
  }

  private async handle(message: JsMsg): Promise<void> {
    const beat = setInterval(() => message.working(), this.options.ackWaitMs / 3);
    try {
      const bell = parseBell(message);
      faultPoint('W1');
      const handler = this.messageHandlers.get(BELL);
      if (bell && handler) {
        const answer = await handler(bell, new JetStreamContext([message]));
        if (isObservable(answer)) await lastValueFrom(answer, { defaultValue: undefined });
      }
      faultPoint('W8');
      message.ack();
    } catch (error) {
      this.logger.warn(`a bell was handed back: ${(error as Error).message}`);
      message.nak(1_000);
    } finally {
      clearInterval(beat);
    }
  }
}

/** Something that is no bell can never be answered: it is acked and forgotten. */
function parseBell(message: JsMsg): Bell | undefined {
  try {
    const { org_id, job_id } = message.json<{ org_id: unknown; job_id: unknown }>();
    return isLooseUuid(org_id) && isLooseUuid(job_id) ? { orgId: org_id as OrgId, jobId: job_id as JobId } : undefined;
  } catch {
    return undefined;
  }
}

/** Lets so many pieces of work run at once; `use` resolves when the next one may start. */
class Slots {
  private waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async use(start: (done: () => void) => void): Promise<void> {
    this.free--;
    start(() => this.release());
    if (this.free <= 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private release(): void {
    this.free++;
    this.waiting.shift()?.();
  }
}
