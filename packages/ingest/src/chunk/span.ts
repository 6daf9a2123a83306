import { dropSpaces, skipSpaces } from './characters.js';

/** A part of a text, in UTF-16 units. */
export interface Span {
  start: number;
  end: number;
}

/** The span without the white space at its ends; empty when there is nothing else in it. */
export function trimSpan(text: string, { start, end }: Span): Span {
  const first = skipSpaces(text, start, end);
  return { start: first, end: dropSpaces(text, first, end) };
}
