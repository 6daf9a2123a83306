import { dropSpaces, isSpace, skipSpaces } from './characters.js';

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

/** The same, but the white space before the first word of a line stays: in code it says what belongs to what. */
export function trimLines(text: string, span: Span): Span {
  const { start, end } = trimSpan(text, span);
  let indented = start;
  while (indented > span.start && isBlank(text.charCodeAt(indented - 1))) indented--;
  return { start: start === end ? end : indented, end };
}

const isBlank = (unit: number): boolean => isSpace(unit) && !(unit >= 10 && unit <= 13) && unit !== 0x2028 && unit !== 0x2029;
