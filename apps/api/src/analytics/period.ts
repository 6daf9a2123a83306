import { CairnError, microsecondsOf, momentParameter } from '@cairn/common';

/** An end of a time as a caller says it: the field, and what is in it. */
type End = [field: string, text: string | undefined];

/** A time as the database reads it. Refuses what is no moment, and a time that ends before it begins. */
export function periodOf(from: End, to: End): { from: string | undefined; to: string | undefined } {
  const [begin, end] = [momentOf(from), momentOf(to)];
  if (begin !== undefined && end !== undefined && begin >= end) throw refused(from[0], `must be before ${to[0]}`);
  return { from: from[1] && momentParameter(from[1]), to: to[1] && momentParameter(to[1]) };
}

function momentOf([field, text]: End): bigint | undefined {
  if (text === undefined) return undefined;
  const moment = microsecondsOf(text);
  if (moment === undefined) throw refused(field, 'must be a date as in 2026-01-31, or a date and time as in 2026-01-31T12:00:00Z (RFC 3339)');
  return moment;
}

function refused(path: string, message: string): CairnError {
  return new CairnError('invalid_input', `${path} ${message}.`, { errors: [{ path, message }] });
}
