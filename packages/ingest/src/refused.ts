import { CairnError, type ErrorCode } from '@cairn/common/contracts';

const SHOWN = 200;

// Quotes and control characters come out escaped, so that nothing in a name can pretend to be the sentence around it.
const named = (what: string): string => JSON.stringify(what.length > SHOWN ? `${what.slice(0, SHOWN)}…` : what);

/** What is refused: a field that a caller sent, and what was in it. */
export interface Subject {
  field: string;
  value: string;
}

/** A refusal of something that a caller named, with a sentence that begins with it. */
export function refused(code: ErrorCode, { field, value }: Subject, why: string, cause?: unknown): CairnError {
  const message = `${named(value)} ${why}`;
  return new CairnError(code, message, { errors: [{ path: field, message }], cause });
}
