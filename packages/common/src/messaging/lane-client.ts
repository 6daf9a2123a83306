import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { CairnError, DependencyError } from '../errors/catalogue.js';
import { currentContext } from '../shell/http/request-context.js';
import { currentTraceparent } from '../telemetry/trace-context.js';
import type { LaneRequest } from './embed-texts.js';
import type { Subjects } from './subjects.js';

/** How long an answer is waited for. */
export interface AnswerPatience {
  deadlineMs: number;
  /** Aborted when nobody wants it any more. */
  signal?: AbortSignal | undefined;
  /** Called once for what was sent: when its answer is there, or too late. Until then a worker may be at it, also where nobody wants it any more. */
  over?: () => void;
}

type Refusal = { error: 'unavailable' | 'refused'; detail: string };

export interface LaneQuestion<Request extends LaneRequest> {
  subject: string;
  request: Request;
  /** Said when no worker answers. */
  unavailable: string;
}

/** Asks the interactive lane of any worker. What nobody waits for any more is given up there. */
export class LaneClient {
  constructor(
    private readonly connection: NatsConnection,
    private readonly subjects: Subjects,
  ) {}

  async ask<Request extends LaneRequest, Answer extends object>(question: LaneQuestion<Request>, patience: AnswerPatience): Promise<Exclude<Answer, Refusal>> {
    const answer = await this.request<Request, Answer | Refusal>(question, patience);
    if ('error' in answer) throw answer.error === 'unavailable' ? new DependencyError('model', answer.detail) : new CairnError('invalid_input', answer.detail);
    return answer as Exclude<Answer, Refusal>;
  }

  private async request<Request extends LaneRequest, Answer>(
    { subject, request, unavailable }: LaneQuestion<Request>,
    { deadlineMs: timeout, signal, over }: AnswerPatience,
  ): Promise<Answer> {
    signal?.throwIfAborted();
    const asked = this.connection.request(subject, JSON.stringify(request), { timeout, headers: traceHeaders() });
    if (over) asked.then(over, over);
    try {
      return (await orGone(asked, signal)).json<Answer>();
    } catch (error) {
      this.abandon(request.id);
      signal?.throwIfAborted();
      throw new DependencyError('model', unavailable, error);
    }
  }

  private abandon(id: string): void {
    try {
      this.connection.publish(this.subjects.abandoned, id);
    } catch {
      // Without a connection nobody can be told: a worker then works in vain for this once.
    }
  }
}

/** What was asked for, or the signal's reason as soon as it is aborted. */
async function orGone<T>(asked: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return asked;
  let leave = () => {};
  const gone = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([asked, gone]);
  } finally {
    signal.removeEventListener('abort', leave);
    asked.catch(() => undefined);
  }
}

function traceHeaders(): MsgHdrs {
  const carried = headers();
  const traceparent = currentTraceparent();
  const correlationId = currentContext()?.correlationId;
  if (traceparent) carried.set('traceparent', traceparent);
  if (correlationId) carried.set('X-Correlation-ID', correlationId);
  return carried;
}
