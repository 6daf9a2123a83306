import { createInbox, type Msg, type NatsConnection, headers as natsHeaders, type Subscription } from '@nats-io/transport-node';
import { DependencyError } from '../errors/catalogue.js';
import type { ClaimedBell } from '../outbox/outbox.repository.js';
import type { Subjects } from './subjects.js';

export type RingOutcome = { kind: 'rung' } | { kind: 'refused'; reason: string };

interface Waiting {
  settle(outcome: RingOutcome): void;
  fail(error: Error): void;
}

// Refusals that say something about the stream or the moment, not about this message.
const PASSING = /no responders|not found|no suitable|insufficient|maximum(?! allowed)|leader|in process|offline|timeout|unavailable/i;

/**
 * Publishes many bells with one reply inbox: three times the rate of one request object per message.
 * A message id that the broker knows already is a success: that ring is stored.
 */
export class BellRinger {
  private readonly inbox = createInbox();
  private readonly waiting = new Map<string, Waiting>();
  private readonly subscription: Subscription;
  private next = 0;

  constructor(
    private readonly connection: NatsConnection,
    private readonly subjects: Subjects,
    private readonly timeoutMs = 2_000,
  ) {
    this.subscription = connection.subscribe(`${this.inbox}.*`, { callback: (_error, message) => this.receive(message) });
  }

  /** The outcomes in the order of the bells. Throws when the broker cannot be reached or does not answer. */
  async ring(bells: ClaimedBell[]): Promise<RingOutcome[]> {
    if (this.connection.isClosed()) throw new DependencyError('nats', 'The connection to the broker is closed.');
    const tokens: string[] = [];
    const outcomes = bells.map((bell) => this.publish(bell, tokens));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new DependencyError('nats', 'The broker did not acknowledge in time.')), this.timeoutMs);
    });
    const all = Promise.all(outcomes);
    all.catch(() => undefined);
    try {
      return await Promise.race([all, late]);
    } finally {
      clearTimeout(timer);
      for (const token of tokens) this.waiting.delete(token);
    }
  }

  close(): void {
    this.subscription.unsubscribe();
  }

  private publish(bell: ClaimedBell, tokens: string[]): Promise<RingOutcome> {
    const token = (this.next++).toString(36);
    tokens.push(token);
    const outcome = new Promise<RingOutcome>((settle, fail) => this.waiting.set(token, { settle, fail }));
    outcome.catch(() => undefined);
    this.connection.publish(this.subjects.job(bell.lane, bell.jobType), JSON.stringify({ org_id: bell.orgId, job_id: bell.jobId }), {
      reply: `${this.inbox}.${token}`,
      headers: headersOf(bell),
    });
    return outcome;
  }

  private receive(message: Msg): void {
    const token = message.subject.slice(this.inbox.length + 1);
    const waiting = this.waiting.get(token);
    this.waiting.delete(token);
    if (!waiting) return;
    if (message.headers?.code === 503) waiting.fail(new DependencyError('nats', 'The job stream is missing.'));
    else settle(waiting, ackOf(message));
  }
}

interface PubAck {
  error?: { code: number; description?: string };
}

function ackOf(message: Msg): PubAck {
  try {
    return message.json<PubAck>();
  } catch {
    return { error: { code: 0, description: 'the answer is no acknowledgement' } };
  }
}

function settle(waiting: Waiting, ack: PubAck): void {
  const reason = ack.error && (ack.error.description ?? `code ${ack.error.code}`);
  if (reason === undefined) waiting.settle({ kind: 'rung' });
  else if (PASSING.test(reason)) waiting.fail(new DependencyError('nats', `The broker cannot take messages now: ${reason}.`));
  else waiting.settle({ kind: 'refused', reason });
}

function headersOf(bell: ClaimedBell) {
  const headers = natsHeaders();
  headers.set('Nats-Msg-Id', `${bell.id}.${bell.rings}`);
  if (bell.traceparent) headers.set('traceparent', bell.traceparent);
  if (bell.correlationId) headers.set('X-Correlation-ID', bell.correlationId);
  return headers;
}
