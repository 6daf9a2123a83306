import { type FoundEntity, matchesOf } from './entity-finder.js';

const LONGEST = 500;
const URLS = /(?<![A-Za-z0-9])(?:https?|ftp):\/\/[^\s<>"'`{}|\\^\u3000-\u303f\uff00-\uffef]{1,2000}/giu;
const PUNCTUATION = new Set('.,;:!?*_~');
const BRACKETS: Record<string, string> = { ')': '(', ']': '[' };

/** Addresses of the web, as they are written. One that is longer than an address should be is left out: a part of it would lead elsewhere. */
export function* findUrls(text: string): Generator<FoundEntity> {
  for (const { value, start } of matchesOf(text, URLS, ([url]) => url)) {
    const url = withoutEndOfSentence(value);
    if (url.length <= LONGEST && isUrl(url)) yield { value: url, start, end: start + url.length };
  }
}

/** A full stop or a bracket behind an address belongs to the sentence, unless the bracket was opened in the address. */
function withoutEndOfSentence(url: string): string {
  let end = url.length;
  const open = { '(': countOf(url, '(') - countOf(url, ')'), '[': countOf(url, '[') - countOf(url, ']') };
  for (; end > 0; end--) {
    const last = url.charAt(end - 1);
    const opening = BRACKETS[last] as keyof typeof open | undefined;
    if (opening === undefined ? !PUNCTUATION.has(last) : open[opening] >= 0) break;
    if (opening !== undefined) open[opening]++;
  }
  return url.slice(0, end);
}

function countOf(text: string, character: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) count++;
  return count;
}

function isUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { hostname } = new URL(text);
  return hostname.includes('.') || hostname.startsWith('[') || hostname === 'localhost';
}
