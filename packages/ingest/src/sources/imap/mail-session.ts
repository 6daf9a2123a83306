import { Readable } from 'node:stream';
import type { FetchMessageObject, ImapFlow, ImapFlowOptions, SearchObject } from 'imapflow';
import type { WebClient } from '../../web/web-client.js';
import type { WebLimits } from '../../web/web-limits.js';
import { badList } from '../source-refused.js';
import type { Attachment } from './attachments.js';
import { type MailAccount, mailboxOf } from './mail-account.js';
import { MAIL_LIMITS } from './mail-limits.js';
import { asContentRefusal, asMailRefusal, asOpenRefusal } from './mail-refused.js';
import { type MailBounds, type MailUse, MailWatch } from './mail-watch.js';

/** What is known of a mail without its content. */
export interface Mail {
  uid: number;
  size: number | undefined;
  receivedAt: Date | undefined;
  attachments: Attachment[];
}

type Signal = AbortSignal | undefined;

interface ContentOptions {
  maxBytes: number;
  signal: Signal;
}

// Beside the content: headers of parts, and what servers say in between.
const MOST_BESIDE = 4_000_000;

/** A mailbox that is open for reading: nothing that is done here changes a flag. Every failure is a CairnError, and every wait has an end. */
export class MailSession {
  private readonly watch: MailWatch;
  private failure: unknown;
  private resting: NodeJS.Timeout | undefined;

  private constructor(
    private readonly client: ImapFlow,
    private readonly account: MailAccount,
    private readonly limits: WebLimits,
  ) {
    this.watch = new MailWatch(client, account);
    client.on('error', (error) => {
      this.failure ??= error;
    });
  }

  /** Logs in and opens the mailbox. */
  static async open(account: MailAccount, web: WebClient, signal: Signal): Promise<MailSession> {
    signal?.throwIfAborted();
    const lookup = await web.lookupOf(account);
    const { ImapFlow } = await import('imapflow');
    const session = new MailSession(new ImapFlow({ ...optionsOf(account, web.limits), tls: { lookup } }), account, web.limits);
    await session.begin(signal);
    return session;
  }

  get isOpen(): boolean {
    return this.client.usable && this.failure === undefined && this.watch.reason === undefined;
  }

  /** While it is the same, a number means the same mail. */
  get uidValidity(): string {
    const { mailbox } = this.client;
    return mailbox ? String(mailbox.uidValidity) : '';
  }

  /** The numbers of all mails, or of those that came on a day or after it, in ascending order. */
  async uids(since: Date | undefined, signal: Signal): Promise<number[]> {
    return this.search(since === undefined ? { all: true } : { since }, signal);
  }

  /** What is known of these mails. One that is left out is gone: the server was asked twice. */
  async mails(uids: readonly number[], signal: Signal): Promise<Map<number, Mail>> {
    const mails = await this.during(signal, () => this.described(uids));
    const missing = uids.filter((uid) => !mails.has(uid));
    if (missing.length > 0) await this.checkGone(missing, signal);
    return mails;
  }

  /** The content of a mail, or of a part of it with its encoding undone; undefined if it is gone. */
  async content(uid: number, part: string | undefined, { maxBytes, signal }: ContentOptions): Promise<Readable | undefined> {
    // In base64 and with ends of lines, content takes less than twice its room.
    const use = this.use({ bytes: 2 * maxBytes + MOST_BESIDE, ms: this.limits.totalMs, signal });
    try {
      const options = { uid: true, chunkSize: MAIL_LIMITS.pieceBytes, maxBytes: maxBytes + 1 };
      const { content } = (await firstOf(this.client.download(String(uid), part, options), use)) as { content?: Readable };
      if (content !== undefined) return this.readable(uid, content, use);
    } catch (error) {
      use.end();
      throw this.contentRefusal(uid, error);
    }
    use.end();
    return undefined;
  }

  private async begin(signal: Signal): Promise<void> {
    await this.during(signal, () => this.client.connect());
    const { mailbox } = this.account;
    await this.during(signal, async () => {
      await this.client.mailboxOpen(mailbox, { readOnly: true }).catch((error: unknown) => {
        throw this.failure ?? asOpenRefusal(this.account, error);
      });
    });
    if (!/^\d{1,20}$/.test(this.uidValidity)) throw this.dropped(badList(mailboxOf(this.account)));
  }

  private async described(uids: readonly number[]): Promise<Map<number, Mail>> {
    const { attachmentsOf } = await import('./attachments.js');
    const wanted = new Set(uids);
    const mails = new Map<number, Mail>();
    const query = { uid: true, size: true, internalDate: true, bodyStructure: true };
    // A server may tell meanwhile that a flag was changed, which says nothing of what the mail holds.
    for await (const message of this.client.fetch(uids.join(','), query, { uid: true }))
      if (wanted.has(message.uid) && message.bodyStructure !== undefined)
        mails.set(message.uid, { ...factsOf(message), attachments: attachmentsOf(message.bodyStructure) });
    return mails;
  }

  /** What a list lacks would be taken for deleted. */
  private async checkGone(uids: readonly number[], signal: Signal): Promise<void> {
    if ((await this.search({ uid: uids.join(',') }, signal)).length > 0) throw badList(mailboxOf(this.account));
  }

  private search(query: SearchObject, signal: Signal): Promise<number[]> {
    return this.during(signal, async () => {
      const found = await this.client.search(query, { uid: true });
      if (Array.isArray(found)) return found;
      // The library keeps to itself why that was.
      throw this.client.usable ? badList(mailboxOf(this.account)) : new Error('the connection ended');
    });
  }

  private async during<T>(signal: Signal, ask: () => Promise<T>): Promise<T> {
    const use = this.use({ bytes: MAIL_LIMITS.answerBytes, ms: this.limits.totalMs, signal });
    try {
      return await firstOf(ask(), use);
    } catch (error) {
      throw this.dropped(this.refusal(error));
    } finally {
      use.end();
    }
  }

  private readable(uid: number, content: Readable, use: MailUse): Readable {
    use.over.catch((reason) => content.destroy(reason));
    const readable = Readable.from(this.translated(uid, content), { objectMode: false });
    // Also one that nobody begins to read.
    readable.once('close', () => {
      content.destroy();
      use.end();
    });
    return readable;
  }

  private async *translated(uid: number, content: Readable): AsyncGenerator<Buffer> {
    try {
      yield* content;
    } catch (error) {
      throw this.contentRefusal(uid, error);
    }
  }

  private contentRefusal(uid: number, error: unknown): unknown {
    return this.refusal(asContentRefusal(this.account, uid, error));
  }

  /** Why a question had no answer: what ended the connection before what came of that. */
  private refusal(error: unknown): unknown {
    return this.watch.reason ?? asMailRefusal(this.account, this.failure ?? error);
  }

  private dropped(error: unknown): unknown {
    this.client.close();
    return error;
  }

  /** Something is asked: the connection is kept until some time after it. */
  private use(bounds: MailBounds): MailUse {
    const { over, end } = this.watch.begin(bounds);
    clearTimeout(this.resting);
    return { over, end: () => this.rest(end) };
  }

  private rest(end: () => void): void {
    end();
    clearTimeout(this.resting);
    // Without LOGOUT: nothing was changed, and nobody would watch what is answered to it.
    if (!this.watch.isBusy && this.isOpen) this.resting = setTimeout(() => this.client.close(), MAIL_LIMITS.keptMs).unref();
  }
}

/** The answer, or why it is not waited for any more. */
function firstOf<T>(answer: Promise<T>, { over }: MailUse): Promise<T> {
  answer.catch(() => undefined);
  return Promise.race([answer, over]);
}

function optionsOf({ host, port, tls, username, password }: MailAccount, limits: WebLimits): ImapFlowOptions {
  return {
    host,
    port,
    secure: tls,
    doSTARTTLS: false,
    auth: { user: username, pass: password },
    clientInfo: { name: 'cairn', version: false, vendor: false, 'support-url': false },
    logger: false,
    disableAutoIdle: true,
    disableAutoEnable: true,
    disableBinary: true,
    // What is packed could become a thousand times larger.
    disableCompression: true,
    connectionTimeout: limits.connectMs,
    greetingTimeout: limits.headersMs,
    socketTimeout: limits.idleMs,
    maxLineLength: MAIL_LIMITS.lineBytes,
    maxLiteralSize: MAIL_LIMITS.literalBytes,
    maxResponseSize: MAIL_LIMITS.lineBytes + MAIL_LIMITS.literalBytes,
  };
}

function factsOf({ uid, size, internalDate }: FetchMessageObject): Omit<Mail, 'attachments'> {
  return {
    uid,
    size: Number.isSafeInteger(size) ? size : undefined,
    receivedAt: internalDate instanceof Date ? internalDate : undefined,
  };
}
