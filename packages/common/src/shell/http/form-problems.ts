import { CairnError } from '../../errors/catalogue.js';

/** What a parser said, as an error for the caller; an error of ours stays as it is. */
export function malformedForm(error: unknown): CairnError {
  if (error instanceof CairnError) return error;
  const ended = error instanceof Error && error.message.startsWith('Unexpected end');
  const what = ended ? 'It ends before its last boundary: a part of it was lost on the way.' : 'The headers of a part are malformed or larger than 16 KB.';
  return new CairnError('malformed_form', `The form cannot be read. ${what}`, { cause: error });
}

export function noBoundary(cause: unknown): CairnError {
  return new CairnError('malformed_form', 'The Content-Type of the form names no boundary. Let your client write this header.', { cause });
}

export function callerGone(cause: unknown): CairnError {
  return new CairnError('request_timeout', 'The connection was closed before all of the form had arrived.', { cause });
}

export function tooMuch(what: string): CairnError {
  return new CairnError('too_large', `The form has ${what}. Send less at once.`);
}

export function wrongField(message: string): CairnError {
  return new CairnError('invalid_input', `${message[0]?.toUpperCase()}${message.slice(1)}.`, { errors: [{ path: 'form', message }] });
}
