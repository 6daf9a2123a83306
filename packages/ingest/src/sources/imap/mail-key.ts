/** By which a mail, or a part of it, is found again. */
export interface MailKey {
  uidValidity: string;
  uid: number;
  /** Of an attachment. */
  part?: string;
}

/** Says all that can be different: what has these numbers never changes. */
export const writeVersion = ({ uidValidity, uid, part }: MailKey): string => [uidValidity, uid, ...(part === undefined ? [] : [part])].join('-');

/** What `writeVersion` wrote; undefined for anything else. */
export function readVersion(version = ''): MailKey | undefined {
  const [, uidValidity, uid, part] = /^(\d{1,20})-(\d{1,10})(?:-(\d[\d.]{0,200}))?$/.exec(version) ?? [];
  if (uidValidity === undefined) return undefined;
  return { uidValidity, uid: Number(uid), ...(part === undefined ? {} : { part }) };
}
