import { hideKeysInText } from '../shell/logging/redact.js';

/** What is longer is a document that somebody looks for others like, and no question. */
const MOST_CHARACTERS = 2_000;

const EMAIL = /[^\s@＠<>()[\]{}",;]{1,128}(?:@|＠|%40)[^\s@＠<>()[\]{}"',;]+/giu;
/** Keys of services begin so, and may be short. */
const KEY = /\b(?:sk|pk|rk|gh[a-z]|github_pat|glpat|xox[a-z])[-_](?=[\w-]*\d)[\w-]{8,}/gi;
const LONG_RUN = /[\w+/=.~-]{16,}/g;
const UUID = /\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi;
/** As base64 is: digits, letters of both kinds, and what only it has between them. */
const LONG_BASE64 = /(?=\D*\d)(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=[^+/=]*[+/=])[A-Za-z\d+/=]{32,}/;
const RANDOM = /(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z\d]{16,}/;
/** Telephone numbers, and those of cards, accounts and people: seven digits and more, however they are grouped. */
const NUMBER = /[+＋]?\p{Nd}(?:[\s()./_\u2010-\u2015-]{0,3}\p{Nd}){6,}/gu;

/** A question as it may be kept: without addresses of people, numbers that name somebody, and secrets. Null where there are no words, or too many. */
export function redactQuery(text: string): string | null {
  if (text.trim() === '' || text.length > MOST_CHARACTERS) return null;
  return hideKeysInText(text)
    .replace(EMAIL, '[email]')
    .replace(KEY, '[token]')
    .replace(UUID, '[token]')
    .replace(LONG_RUN, (run) => (RANDOM.test(run) || LONG_BASE64.test(run) ? '[token]' : run))
    .replace(NUMBER, '[number]');
}
