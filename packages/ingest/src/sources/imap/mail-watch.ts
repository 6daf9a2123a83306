import type { ImapFlow } from 'imapflow';
import type { MailAccount } from './mail-account.js';
import { mailTooMuch, mailTooSlow } from './mail-refused.js';

/** What may be taken by something that is asked of a server. */
export interface MailBounds {
  bytes: number;
  ms: number;
  signal: AbortSignal | undefined;
}

/** Something that is asked, from its beginning to its end. */
export interface MailUse {
  /** Rejects when the connection is ended before it. */
  over: Promise<never>;
  end: () => void;
}

interface Waiting {
  until: number;
  reject: (reason: unknown) => void;
}

// The library reads on between two looks, but no faster than it understands what it reads.
const LOOK_MS = 50;

/** Ends a connection whose server sends more, or takes longer, than what it was asked for may. */
export class MailWatch {
  /** Why it was ended. */
  reason: unknown;
  private readonly waiting = new Set<Waiting>();
  private timer: NodeJS.Timeout | undefined;
  private allowed = 0;

  constructor(
    private readonly client: ImapFlow,
    private readonly account: MailAccount,
  ) {}

  get isBusy(): boolean {
    return this.waiting.size > 0;
  }

  begin({ bytes, ms, signal }: MailBounds): MailUse {
    signal?.throwIfAborted();
    if (!this.isBusy) this.start();
    this.allowed += bytes;
    const one: Waiting = { until: performance.now() + ms, reject: () => undefined };
    const over = new Promise<never>((_, reject) => {
      one.reject = reject;
    });
    // Who waits for it hears of it; when nobody does, it must not end the process.
    over.catch(() => undefined);
    this.waiting.add(one);
    const abort = () => this.stop(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const end = () => {
      signal?.removeEventListener('abort', abort);
      this.waiting.delete(one);
      if (!this.isBusy) clearInterval(this.timer);
    };
    return { over, end };
  }

  private start(): void {
    this.allowed = this.client.stats().received;
    this.timer = setInterval(() => this.look(), LOOK_MS);
  }

  private look(): void {
    const now = performance.now();
    if (this.client.stats().received > this.allowed) this.stop(mailTooMuch(this.account));
    else if ([...this.waiting].some(({ until }) => now > until)) this.stop(mailTooSlow(this.account));
  }

  private stop(reason: unknown): void {
    this.reason ??= reason;
    clearInterval(this.timer);
    this.client.close();
    for (const { reject } of this.waiting) reject(this.reason);
  }
}
