import { isInsidePair, isSpace } from '../characters.js';
import type { OffsetTokeniser } from './offset-tokeniser.js';

// No word of a language is longer; of what is, each 64 characters are counted on their own.
const LONGEST_WORD = 64;
const MOST_REMEMBERED = 50_000;

/** The next word with the white space before it. */
function wordEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length && isSpace(text.charCodeAt(at))) at++;
  const limit = Math.min(text.length, at + LONGEST_WORD);
  while (at < limit && !isSpace(text.charCodeAt(at))) at++;
  return isInsidePair(text, at) ? at - 1 : at;
}

function spread(offsets: number[], text: string, { start, end, tokens }: { start: number; end: number; tokens: number }): void {
  for (let token = 0; token < tokens; token++) {
    const place = start + Math.floor((token * (end - start)) / tokens);
    offsets.push(isInsidePair(text, place) ? place - 1 : place);
  }
}

/**
 * An offset tokeniser made of one that only counts, without special tokens. How many tokens each word has is exact as far as the tokeniser
 * reads words one by one; where they lie inside of the word is a guess, which matters only to a cut inside of a word.
 */
export function tokeniserByWord(count: (word: string) => number): OffsetTokeniser {
  const counts = new Map<string, number>();
  const countOf = (word: string): number => {
    const known = counts.get(word);
    if (known !== undefined) return known;
    if (counts.size >= MOST_REMEMBERED) counts.clear();
    const tokens = count(word);
    counts.set(word, tokens);
    return tokens;
  };
  return {
    offsets(text) {
      const offsets: number[] = [];
      for (let start = 0; start < text.length; ) {
        const end = wordEnd(text, start);
        spread(offsets, text, { start, end, tokens: countOf(text.slice(start, end)) });
        start = end;
      }
      return offsets;
    },
  };
}
