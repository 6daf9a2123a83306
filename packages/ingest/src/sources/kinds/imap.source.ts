import { IsBoolean, IsInt, IsISO8601, IsOptional, IsString, Matches, Max, MaxLength, Min, MinLength } from 'class-validator';
import { capBytes } from '../../cap-bytes.js';
import { FILTER_DOCS, FilterConfig } from '../config/filter.config.js';
import { PathFilter } from '../config/path-filter.js';
import type { ConfigDocs } from '../config/read-config.js';
import { sessionOf } from '../imap/kept-sessions.js';
import { listMailbox } from '../imap/list-mailbox.js';
import type { MailAccount } from '../imap/mail-account.js';
import { readVersion } from '../imap/mail-key.js';
import { notAMailbox, unencryptedMail } from '../imap/mail-refused.js';
import type { MailSession } from '../imap/mail-session.js';
import type { SourceKind, SourceRules } from '../source.js';
import { SOURCE_LIMITS } from '../source-limits.js';
import { itemGone, itemTooLarge } from '../source-refused.js';

const IMAPS = 993;

export class ImapConfig extends FilterConfig {
  @IsString()
  @MinLength(1)
  @MaxLength(255)
  host!: string;

  @IsInt()
  @Min(1)
  @Max(65_535)
  port = IMAPS;

  @IsBoolean()
  tls = true;

  @IsString()
  @MaxLength(255)
  @Matches(/^\P{Cc}+$/u, { message: 'username must be as the mail server knows it, without control characters' })
  username!: string;

  @IsString()
  @MaxLength(1_000)
  @Matches(/^\P{Cc}+$/u, { message: 'password must not be empty or have control characters' })
  password!: string;

  @IsString()
  @MinLength(1)
  @MaxLength(255)
  mailbox = 'INBOX';

  @IsOptional()
  @IsISO8601({ strict: true }, { message: 'since must be a day, such as 2026-01-31' })
  @Matches(/^\d{4}-\d{2}-\d{2}$/, { message: 'since must be a day, such as 2026-01-31' })
  since?: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(SOURCE_LIMITS.files)
  max_messages?: number;
}

const DOCS: ConfigDocs<ImapConfig> = {
  host: 'The name of the mail server, such as imap.example.com.',
  port: 'Where it speaks IMAP. Others than 993 are for hosts that the operator allows.',
  tls: 'Encrypted from the first byte on. Without it the host must be one that the operator allows.',
  username: 'The account, as the mail server knows it.',
  password: 'Its password; for many providers, one that was made for this application.',
  mailbox: 'Which folder of the account is read; those below it are not.',
  since: 'Only mails that arrived on this day or later.',
  max_messages: 'Only so many, the newest ones; older ones go when newer come.',
  ...FILTER_DOCS,
};

// A pattern would mean other mailboxes, too.
const NO_MAILBOX = /[\p{Cc}*%]/u;

function accountOf(config: ImapConfig, { web }: SourceRules): MailAccount {
  const { port, tls, username, password, mailbox } = config;
  const account = { host: web.rules.checkPlace(config, [IMAPS]), port, tls, username, password, mailbox };
  if (!tls && !web.rules.isAllowed(account.host, port)) throw unencryptedMail(account);
  if (NO_MAILBOX.test(mailbox)) throw notAMailbox(account);
  return account;
}

function session(config: ImapConfig, rules: SourceRules, signal: AbortSignal | undefined): Promise<MailSession> {
  return sessionOf({ config, account: accountOf(config, rules), web: rules.web, signal });
}

export const imapSource: SourceKind<ImapConfig> = {
  type: 'imap',
  summary: 'The mails of a folder of a mail account, and what is attached to them. Nothing is changed there: unread mails stay unread.',
  config: { type: ImapConfig, docs: DOCS, place: 'host', below: ['username', 'mailbox'], secrets: ['password'] },

  async check(config, rules) {
    new PathFilter(config);
    accountOf(config, rules);
  },

  async *list(config, rules, options) {
    yield* listMailbox(
      {
        account: accountOf(config, rules),
        session: () => session(config, rules, options.signal),
        since: config.since === undefined ? undefined : new Date(config.since),
        most: config.max_messages,
        filter: new PathFilter(config),
        limits: rules.limits,
      },
      options,
    );
  },

  async open(config, rules, { path, version }, { maxBytes, signal }) {
    const key = readVersion(version);
    const mailbox = await session(config, rules, signal);
    const content = key?.uidValidity === mailbox.uidValidity ? await mailbox.content(key.uid, key.part, { maxBytes, signal }) : undefined;
    if (content === undefined) throw itemGone(path);
    return capBytes(content, maxBytes, () => itemTooLarge(path, maxBytes));
  },
};
