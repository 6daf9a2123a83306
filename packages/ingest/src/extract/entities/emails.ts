import type { FoundEntity } from './entity-finder.js';

// RFC 5321. What stands before an @ is read backwards, so a text of nothing but @ is read twice and no more.
const LONGEST_LOCAL = 64;
const LONGEST_DOMAIN = 253;
const LOCAL = /[\p{L}\p{N}!#$%&'*+/=?^_`{|}~.-]+$/u;
const DOMAIN = /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}\p{L}{2,24}(?![\p{L}\p{N}])/u;
// What quotes and brackets an address, and what a URL has before it.
const NOT_AT_ITS_BEGINNING = /^(?:.*[/=&?`])?[^\p{L}\p{N}_]*/su;

/** E-mail addresses, in lower case. */
export function* findEmails(text: string): Generator<FoundEntity> {
  for (let at = text.indexOf('@'), before = 0; at !== -1; at = text.indexOf('@', at + 1)) {
    const local = localPartBefore(text.slice(Math.max(before, at - LONGEST_LOCAL - 1), at));
    const domain = DOMAIN.exec(text.slice(at + 1, at + 1 + LONGEST_DOMAIN))?.[0];
    before = at + 1;
    if (local === undefined || domain === undefined) continue;
    yield { value: `${local}@${domain}`.toLowerCase(), start: at - local.length, end: at + 1 + domain.length };
  }
}

function localPartBefore(text: string): string | undefined {
  const local = LOCAL.exec(text)?.[0].replace(NOT_AT_ITS_BEGINNING, '') ?? '';
  return local === '' || local.length > LONGEST_LOCAL || local.endsWith('.') || local.includes('..') ? undefined : local;
}
