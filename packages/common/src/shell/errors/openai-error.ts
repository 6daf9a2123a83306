import type { CairnError } from '../../errors/catalogue.js';

/** Routes under `/v1/` have OpenAI's form, so that clients made for it work unchanged. */
export function isOpenAiRoute(url: string): boolean {
  return url.startsWith('/v1/');
}

const TYPES: Record<number, string> = { 401: 'authentication_error', 403: 'permission_error', 404: 'not_found_error', 429: 'rate_limit_error' };

export interface OpenAiError {
  message: string;
  type: string;
  param: string | null;
  code: string;
}

/** The part of an error's body that OpenAI's clients read; the problem around it says the same to everybody else. */
export function openAiErrorOf(error: CairnError): OpenAiError {
  const type = TYPES[error.status] ?? (error.status < 500 ? 'invalid_request_error' : 'server_error');
  return { message: error.message, type, param: error.errors?.[0]?.path ?? null, code: error.code };
}
