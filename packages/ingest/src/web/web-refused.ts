import { CairnError } from '@cairn/common/contracts';
import { refused, type Subject } from '../refused.js';

/** What of an address may be said: its query may be secret, and what is before an @ is. */
function shown(address: URL | string | Subject): Subject {
  if (typeof address === 'object' && 'field' in address) return address;
  const value = typeof address === 'string' ? address.replace(/[?#].*$/s, '').replace(/\/\/[^/]*@/, '//…@') : `${address.origin}${address.pathname}`;
  return { field: 'url', value };
}

export const notAnAddress = (text: string) => refused('invalid_input', shown(text), 'is not an address. It begins with https:// or http://.');

export const hasCredentials = (url: URL) => refused('invalid_input', shown(url), 'has credentials in it. Leave out what is before the @.');

export const notAHost = (subject: Subject) => refused('invalid_input', subject, 'is not the name or the address of a host, such as mail.example.com.');

export const closedPort = (address: URL | Subject) => refused('forbidden', shown(address), 'has a port that this system does not connect to.');

export const notPublic = (address: URL | string | Subject) =>
  refused('forbidden', shown(address), 'is not an address on the open internet. Ask the operator of this system to allow it.');

export const tooManyRedirects = (url: URL, most: number) => refused('invalid_input', shown(url), `redirects more than ${most} times.`);

export const oddEncoding = (url: URL) => refused('invalid_input', shown(url), 'is packed in a way that cannot be read.');

export const bodyTooLarge = (url: URL, most: number) =>
  refused('too_large', shown(url), `has more than ${most.toLocaleString('en-US')} bytes, so it was not read.`);

export const nameNotFound = (host: string, cause?: unknown) => refused('unavailable', shown(host), 'could not be found.', cause);

export const tooSlow = (url: URL, cause?: unknown) => refused('unavailable', shown(url), 'was too slow to answer.', cause);

const unreachable = (url: URL, cause: unknown) => refused('unavailable', shown(url), 'could not be read.', cause);

const SLOW = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);

/** Any failure of a request as one that people can read. */
export function asWebRefusal(url: URL, error: unknown): Error {
  if (error instanceof CairnError) return error;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && SLOW.has(code) ? tooSlow(url, error) : unreachable(url, error);
}
