import { isInsidePair, isSpace } from '../characters.js';

// Longer words are cut: what a tokeniser does to one word need not be linear in its length.
const LONGEST_SLICE = 32_768;

/** Where to cut a text for a tokeniser: before a space that follows a word, since tokenisers cut there anyway. */
export function sliceEnd(text: string, start: number): number {
  const limit = start + LONGEST_SLICE;
  if (limit >= text.length) return text.length;
  for (let at = limit; at > start + 1; at--) {
    if (isSpace(text.charCodeAt(at)) && !isSpace(text.charCodeAt(at - 1))) return at;
  }
  return isInsidePair(text, limit) ? limit - 1 : limit;
}
