import type { Subject } from '../../refused.js';

/** A mailbox, and as whom it is read. */
export interface MailAccount {
  host: string;
  port: number;
  /** From the first byte on. Without it the password goes over the wire as it is. */
  tls: boolean;
  username: string;
  password: string;
  mailbox: string;
}

export const hostOf = ({ host }: MailAccount): Subject => ({ field: 'host', value: host });

export const mailboxOf = ({ mailbox }: MailAccount): Subject => ({ field: 'mailbox', value: mailbox });
