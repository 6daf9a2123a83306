import { endsLine, isInsidePair, isSpace } from '../characters.js';
import { sentenceCuts } from '../cuts/sentence-cuts.js';
import type { Span } from '../span.js';

/** Where a chunk begins or ends: at a paragraph, a line, a sentence, between words, or inside of a word. */
export type Border = 'paragraph' | 'line' | 'sentence' | 'word' | 'inside';

// Far enough to see an abbreviation, or the word that begins the next sentence.
const AROUND = 20;

function lineEndsAround(text: string, at: number): number {
  let [start, end] = [at, at];
  while (start > 0 && isSpace(text.charCodeAt(start - 1))) start--;
  while (end < text.length && isSpace(text.charCodeAt(end))) end++;
  let ends = start === 0 || end === text.length ? 2 : 0;
  for (let place = start; place < end && ends < 2; place++) if (endsLine(text, place)) ends++;
  return ends;
}

function isSentence(text: string, at: number): boolean {
  const around: Span = { start: Math.max(0, at - AROUND), end: Math.min(text.length, at + AROUND) };
  const cuts = sentenceCuts()(text, around);
  for (let next = cuts.next(); !next.done; next = cuts.next()) if (text.slice(Math.min(at, next.value), Math.max(at, next.value)).trim() === '') return true;
  return false;
}

/** What lies at a place where a text was cut. */
export function borderAt(text: string, at: number): Border {
  const ends = lineEndsAround(text, at);
  if (ends > 1) return 'paragraph';
  if (ends === 1) return 'line';
  if (isSentence(text, at)) return 'sentence';
  const [before, behind] = [text.charAt(at - 1), text.charAt(at)];
  const isWord = /[\p{L}\p{N}\p{M}]/u.test(before) && /[\p{L}\p{N}\p{M}]/u.test(behind);
  return isWord || isInsidePair(text, at) ? 'inside' : 'word';
}
