import { type CairnError, ERRORS, type ErrorCode, type FieldError } from '../../errors/catalogue.js';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

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

export function problemOf(error: CairnError, reference: string): Problem {
  const { status, title } = ERRORS[error.code];
  const problem: Problem = { type: `urn:cairn:error:${error.code}`, title, status, detail: error.message, code: error.code, reference };
  return { ...problem, ...(error.errors && { errors: error.errors }), ...(error.current && { current: error.current }) };
}
