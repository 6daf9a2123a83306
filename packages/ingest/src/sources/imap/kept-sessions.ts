import type { WebClient } from '../../web/web-client.js';
import type { MailAccount } from './mail-account.js';
import { MailSession } from './mail-session.js';

// A run has a config of its own, so that nobody reads with the session of somebody else.
const sessions = new WeakMap<object, Promise<MailSession>>();

export interface SessionRequest {
  /** Of the run that asks. */
  config: object;
  account: MailAccount;
  web: WebClient;
  signal: AbortSignal | undefined;
}

/** The session of a run: one that lists a mailbox and reads its mails logs in once. */
export async function sessionOf(request: SessionRequest): Promise<MailSession> {
  const { config, account, web, signal } = request;
  const kept = sessions.get(config);
  if (kept === undefined) {
    const opening = MailSession.open(account, web, signal);
    sessions.set(config, opening);
    return opening;
  }
  const session = await kept.catch(() => undefined);
  if (session?.isOpen) return session;
  if (sessions.get(config) === kept) sessions.delete(config);
  return sessionOf(request);
}
