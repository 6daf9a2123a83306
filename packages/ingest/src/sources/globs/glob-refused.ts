import { CairnError } from '@cairn/common/contracts';

/** A pattern that cannot be used; the message names it and says why. */
export function refuseGlob(field: string, why: string): never {
  const message = `${field}: ${why}`;
  throw new CairnError('invalid_input', message, { errors: [{ path: field, message }] });
}

const SHOWN = 60;

/** What somebody wrote, short enough for a sentence. */
export const quoted = (pattern: string): string => `"${pattern.slice(0, SHOWN).toWellFormed()}${pattern.length > SHOWN ? '…' : ''}"`;
