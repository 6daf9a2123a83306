import { type CairnError, ERRORS, type ErrorCode, type FieldError } from '../../errors/catalogue.js';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';
// What cannot be reached now is usually back within seconds.
const UNAVAILABLE_RETRY_SECONDS = 2;

/** The body of every error (RFC 9457). `reference` is the correlation id: what a caller quotes when asking for help. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  reference: string;
  errors?: FieldError[];
  current?: object;
}

/** The headers that go with a problem, besides its type. */
export function headersOf(error: CairnError): Record<string, string> {
  const retryAfter = error.retryAfterSeconds ?? (error.status === 503 ? UNAVAILABLE_RETRY_SECONDS : undefined);
  return {
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    ...(error.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  };
}

export function problemOf(error: CairnError, reference: string): Problem {
  const { status, title } = ERRORS[error.code];
  const problem: Problem = { type: `urn:cairn:error:${error.code}`, title, status, detail: error.message, code: error.code, reference };
  return { ...problem, ...(error.errors && { errors: error.errors }), ...(error.current && { current: error.current }), ...error.place };
}
