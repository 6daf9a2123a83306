import { isInsidePair, isSpace } from '../characters.js';

// How far back from the limit to look for the end of a word of a script without spaces, and how far to read on so that the last word is whole.
// Reading takes a third of a millisecond for 80 characters, and for long texts quadratic time.
const UNSPACED_BACK = 24;
const UNSPACED_ON = 8;
const NEARBY = 64;
const MOST_MARKS = 32;

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const WORD = /[\p{L}\p{N}\p{M}]/u;
// What no line of a script without spaces begins with.
const CLOSING = /[\p{Pe}\p{Pf}\p{Po}\p{M}\p{Lm}]/u;
const ATTACHED = /\p{M}|\u200d/u;

let segmenter: Intl.Segmenter | undefined;

/** The last border between two words of a script without spaces. */
function unspacedCut(text: string, low: number, high: number): number | undefined {
  const from = Math.max(low, high - UNSPACED_BACK);
  const base = isInsidePair(text, from) ? from + 1 : from;
  segmenter ??= new Intl.Segmenter('und', { granularity: 'word' });
  const words = segmenter.segment(text.slice(base, high + UNSPACED_ON));
  let place = high;
  do place = base + (words.containing(place - base)?.index ?? 0);
  while (place > low && CLOSING.test(text.charAt(place)) && --place > low);
  return place > Math.max(low, base) ? place : undefined;
}

function isBorder(text: string, at: number): boolean {
  return isSpace(text.charCodeAt(at)) || isSpace(text.charCodeAt(at - 1));
}

/** Not between a character and the marks on it. */
function wholeCharacter(text: string, low: number, high: number): number {
  const last = isInsidePair(text, high) ? high - 1 : high;
  let at = last;
  for (let marks = 0; marks < MOST_MARKS && at - 1 > low && (ATTACHED.test(text.charAt(at)) || text.charAt(at - 1) === '\u200d'); marks++) {
    at = isInsidePair(text, at - 1) ? at - 2 : at - 1;
  }
  return at > low && !ATTACHED.test(text.charAt(at)) ? at : last;
}

/** The last place after `low`, at `high` or before, that is not inside of a word. Where all of it is one word, the last that is not inside of a character. */
export function lastWordCut(text: string, low: number, high: number): number {
  let afterSign: number | undefined;
  for (let at = high; at > low; at--) {
    if (isBorder(text, at)) return at;
    if (UNSPACED.test(text.charAt(at - 1))) return afterSign ?? unspacedCut(text, low, at) ?? at;
    if (afterSign === undefined && !WORD.test(text.charAt(at - 1)) && !isPair(text, at)) afterSign = at;
  }
  return afterSign ?? wholeCharacter(text, low, high);
}

const isPair = (text: string, at: number): boolean => (text.charCodeAt(at - 1) & 0xf800) === 0xd800;

/** The first place at `low` or after, before `high`, where a word begins; where there is none nearby, one inside of a word. */
export function firstWordCut(text: string, low: number, high: number): number | undefined {
  const limit = Math.min(high - 1, low + NEARBY);
  if (limit < low) return undefined;
  for (let at = low; at <= limit; at++) if (isBorder(text, at)) return at;
  return lastWordCut(text, low - 1, limit);
}
