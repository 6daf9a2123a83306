/** An e-mail address or a user name, as it is kept and compared. */
export function accountName(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
