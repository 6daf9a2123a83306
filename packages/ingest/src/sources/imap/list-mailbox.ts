import type { PathFilter } from '../config/path-filter.js';
import type { ListOptions, SourceItem, SourceLimits, SourceNote } from '../source.js';
import { MOST_PATH_BYTES } from '../source-limits.js';
import { mailboxChanged, tooManyEntries, tooManyFiles } from '../source-refused.js';
import { type MailAccount, mailboxOf } from './mail-account.js';
import { type MailKey, writeVersion } from './mail-key.js';
import { MAIL_LIMITS } from './mail-limits.js';
import type { Mail, MailSession } from './mail-session.js';

export interface MailboxList {
  account: MailAccount;
  /** Asked for before each question, because a session ends when its caller does other things for long. */
  session: () => Promise<MailSession>;
  since: Date | undefined;
  /** The newest of them. */
  most: number | undefined;
  filter: PathFilter;
  limits: SourceLimits;
}

type Entry = SourceItem | SourceNote;

/** Numbers in the order that the paths made of them have: `1.eml`, `1/…`, `10.eml`, `2.eml`. */
const inPathOrder = (uids: readonly number[]): number[] => uids.map(String).sort().map(Number);

async function chosenUids({ account, session, since, most, limits }: MailboxList, { signal }: ListOptions): Promise<{ uidValidity: string; uids: number[] }> {
  const open = await session();
  const found = await open.uids(since, signal);
  if (found.length > limits.entries) throw tooManyEntries(mailboxOf(account), limits.entries);
  return { uidValidity: open.uidValidity, uids: inPathOrder(most === undefined ? found : found.slice(-most)) };
}

function entryOf(path: string, facts: Omit<SourceItem, 'path'>, { filter, limits }: MailboxList): Entry | undefined {
  if (Buffer.byteLength(path) > MOST_PATH_BYTES) return { path, reason: 'bad_name' };
  if (filter.hides(facts.fileName)) return { path, reason: 'hidden' };
  if (!filter.wantsFile(path)) return undefined;
  return (facts.size ?? 0) > limits.fileBytes ? { path, reason: 'too_large' } : { path, ...facts };
}

/** A mail and its attachments, which are documents of their own. */
function entriesOf(uidValidity: string, { uid, size, receivedAt, attachments }: Mail, list: MailboxList): Entry[] {
  const folder = `${uidValidity}/${uid}`;
  const when = receivedAt === undefined ? {} : { modifiedAt: receivedAt };
  const key: MailKey = { uidValidity, uid };
  const mail = { fileName: `${uid}.eml`, ...(size === undefined ? {} : { size }), ...when, version: writeVersion(key), mimeType: 'message/rfc822' };
  const files = [...attachments]
    .sort((one, other) => Buffer.compare(Buffer.from(one.name), Buffer.from(other.name)))
    .map(({ name, part, mimeType }) => entryOf(`${folder}/${name}`, { fileName: name, ...when, version: writeVersion({ ...key, part }), mimeType }, list));
  return [entryOf(`${folder}.eml`, mail, list), ...files].filter((entry) => entry !== undefined);
}

/** The mails of a mailbox and what is attached to them, ordered by the bytes of their paths. */
export async function* listMailbox(list: MailboxList, options: ListOptions): AsyncGenerator<SourceItem> {
  const { uidValidity, uids } = await chosenUids(list, options);
  let files = 0;
  for (let at = 0; at < uids.length; at += MAIL_LIMITS.mailsAtOnce) {
    const open = await list.session();
    if (open.uidValidity !== uidValidity) throw mailboxChanged(mailboxOf(list.account));
    const page = uids.slice(at, at + MAIL_LIMITS.mailsAtOnce);
    const mails = await open.mails(page, options.signal);
    for (const uid of page) {
      const mail = mails.get(uid);
      for (const entry of mail === undefined ? [] : entriesOf(uidValidity, mail, list)) {
        if ('reason' in entry) options.note?.(entry);
        else if (++files > list.limits.files) throw tooManyFiles(mailboxOf(list.account), list.limits.files);
        else yield entry;
      }
    }
  }
}
