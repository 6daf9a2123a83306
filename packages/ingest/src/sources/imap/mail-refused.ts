import { CairnError } from '@cairn/common/contracts';
import { refused } from '../../refused.js';
import { badList } from '../source-refused.js';
import { hostOf, type MailAccount, mailboxOf } from './mail-account.js';

export const notAMailbox = ({ mailbox }: Pick<MailAccount, 'mailbox'>) =>
  refused('invalid_input', { field: 'mailbox', value: mailbox }, 'is not the name of a mailbox, such as INBOX or Archive/2026.');

export const unencryptedMail = (account: MailAccount) =>
  refused(
    'invalid_input',
    hostOf(account),
    'may be asked with TLS only, so that nobody reads the password. Leave tls out, or ask the operator to allow the host.',
  );

export const mailTooSlow = (account: MailAccount) => refused('unavailable', hostOf(account), 'was too slow to answer.');

export const mailTooMuch = (account: MailAccount, cause?: unknown) =>
  refused('too_large', hostOf(account), 'sent more than an answer may have, so it was given up.', cause);

const notLetIn = (account: MailAccount, cause: unknown) =>
  refused('invalid_input', { field: 'username', value: account.username }, 'was not let in by the mail server. Look at the username and the password.', cause);

const notOpened = (account: MailAccount, cause: unknown) => refused('invalid_input', mailboxOf(account), 'is not a mailbox that this account may read.', cause);

const notGiven = (uid: number, cause: unknown) =>
  refused('invalid_input', { field: 'path', value: String(uid) }, 'is a mail that the server does not give.', cause);

const notTrusted = (account: MailAccount, cause: unknown) =>
  refused('invalid_input', hostOf(account), 'has a certificate that is not valid for it, so no password was sent.', cause);

const noTls = (account: MailAccount, cause: unknown) =>
  refused('invalid_input', hostOf(account), 'did not answer with TLS. Look at the port: most servers have it at 993.', cause);

const unavailable = (account: MailAccount, cause: unknown) => refused('unavailable', hostOf(account), 'could not be read.', cause);

/** What errors of the library and of Node have; each may be missing. */
interface MailFailure {
  code?: unknown;
  authenticationFailed?: unknown;
  responseStatus?: unknown;
  serverResponseCode?: unknown;
}

const TOO_MUCH = new Set(['LineTooLarge', 'LiteralTooLarge', 'ResponseTooLarge']);
const TOO_SLOW = new Set(['CONNECT_TIMEOUT', 'GREETING_TIMEOUT', 'ETIMEOUT', 'ETIMEDOUT']);
const UNREADABLE = /^(ParserError|MAX_IMAP_NESTING|UnexpectedTag|InvalidResponse|ResponseProcessingFailed|Download)/;
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_/;
const NO_TLS = /^(ERR_SSL_|EPROTO)/;
// https://www.rfc-editor.org/rfc/rfc5530: what the server says will pass.
const PASSING = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT']);

// The library keeps what the server said in its errors, and a server may say what it was sent: the password.
const bare = ({ code }: MailFailure): Error => new Error(typeof code === 'string' && code.length <= 60 ? code : 'the mail server or the way to it failed');

/** Any failure of a session as one that people can read, with nothing in it that the server said. */
export function asMailRefusal(account: MailAccount, error: unknown): Error {
  if (error instanceof CairnError) return error;
  const failure = Object(error) as MailFailure;
  const code = typeof failure.code === 'string' ? failure.code : '';
  const cause = bare(failure);
  if (PASSING.has(String(failure.serverResponseCode))) return unavailable(account, cause);
  // One that has a code did not come to an answer.
  if (failure.authenticationFailed === true && code === '') return notLetIn(account, cause);
  if (TOO_MUCH.has(code)) return mailTooMuch(account, cause);
  if (TOO_SLOW.has(code)) return mailTooSlow(account);
  if (UNTRUSTED.test(code)) return notTrusted(account, cause);
  if (NO_TLS.test(code)) return noTls(account, cause);
  return UNREADABLE.test(code) ? badList(mailboxOf(account), cause) : unavailable(account, cause);
}

function isNo(error: unknown): boolean {
  const { responseStatus, serverResponseCode } = Object(error) as MailFailure;
  return (responseStatus === 'NO' || responseStatus === 'BAD') && !PASSING.has(String(serverResponseCode));
}

/** The same for a mailbox that is opened: there a plain no means this mailbox. */
export function asOpenRefusal(account: MailAccount, error: unknown): Error {
  return isNo(error) ? notOpened(account, bare(Object(error))) : asMailRefusal(account, error);
}

/** The same for the content of a mail: a plain no means this one, and the others can be read. */
export function asContentRefusal(account: MailAccount, uid: number, error: unknown): Error {
  return isNo(error) ? notGiven(uid, bare(Object(error))) : asMailRefusal(account, error);
}
