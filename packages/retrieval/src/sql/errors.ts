/** Part of a statement, counted as JavaScript counts: `end` is behind it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What can be wrong with a statement, by where it is found out. Those of running it are not here: no text causes them. */
export type SqlErrorCode =
  | 'E_LEX'
  | 'E_PARSE'
  | 'E_DUP'
  | 'E_NAME'
  | 'E_TYPE'
  | 'E_RANGE'
  | 'E_NULL_CMP'
  | 'E_MODE'
  | 'E_UNSUPPORTED'
  | 'E_METRIC'
  | 'E_MODEL_MIX'
  | 'E_LIMIT'
  | 'E_BIND'
  | 'E_ROUTE'
  | 'E_CURSOR';

export interface Advice {
  /** What to do instead. */
  hint?: string | undefined;
  /** The one word that was probably meant. */
  suggestion?: string | undefined;
  /** What could stand there. */
  expected?: readonly string[] | undefined;
}

/** A statement that cannot be answered because of what it says: with a code, where, and what to do. */
export class SqlError extends Error {
  readonly hint: string | undefined;
  readonly suggestion: string | undefined;
  readonly expected: readonly string[] | undefined;

  constructor(
    readonly code: SqlErrorCode,
    message: string,
    /** Undefined for what is nowhere in the text. */
    readonly span: Span | undefined,
    { hint, suggestion, expected }: Advice = {},
  ) {
    super(message);
    this.name = 'SqlError';
    this.hint = hint;
    this.suggestion = suggestion;
    this.expected = expected;
  }
}

/** Where a part of a statement is, as people count: lines and columns from 1, in characters. */
export interface Place {
  line: number;
  column: number;
  length: number;
  /** Its line, and below it one with carets. */
  excerpt: string;
}

const LINE_END = /\r\n|[\n\r\u2028\u2029]/g;
/** So much of a long line is shown on either side. */
const AROUND = 60;

export function placeOf(text: string, { start, end }: Span): Place {
  let line = 1;
  let lineStart = 0;
  for (const found of text.slice(0, start).matchAll(LINE_END)) {
    line++;
    lineStart = found.index + found[0].length;
  }
  const rest = text.slice(start).search(LINE_END);
  const lineEnd = rest < 0 ? text.length : start + rest;
  const before = charactersOf(text.slice(lineStart, start));
  const marked = charactersOf(text.slice(start, Math.min(end, lineEnd)));
  const after = charactersOf(text.slice(Math.min(end, lineEnd), lineEnd));
  const shown = `${before.slice(-AROUND).join('')}${marked.slice(0, AROUND).join('')}${marked.length > AROUND ? '' : after.slice(0, AROUND).join('')}`;
  const carets = `${' '.repeat(Math.min(before.length, AROUND))}${'^'.repeat(Math.max(1, Math.min(marked.length, AROUND)))}`;
  return { line, column: before.length + 1, length: charactersOf(text.slice(start, end)).length, excerpt: `${shown.replaceAll('\t', ' ')}\n${carets}` };
}

const charactersOf = (text: string): string[] => Array.from(text);

/** The one of the words that was probably meant: two changes at most, and fewer than either has letters; two neighbours that changed places are one. */
export function nearestOf(word: string, words: Iterable<string>): string | undefined {
  const given = charactersOf(word.toLowerCase());
  let nearest: string | undefined;
  let least = Math.min(3, given.length);
  for (const candidate of words) {
    const characters = charactersOf(candidate.toLowerCase());
    const distance = distanceOf(given, characters, Math.min(least, characters.length));
    if (distance >= Math.min(least, characters.length)) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

/** Changes that make one of the other; what is not below `most` is not counted to its end. */
function distanceOf(a: readonly string[], b: readonly string[], most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most;
  let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((last[j] as number) + 1, (row[j - 1] as number) + 1, (last[j - 1] as number) + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (before[j - 2] as number) + 1);
      row.push(cost);
    }
    if (Math.min(...row) >= most) return most;
    [before, last] = [last, row];
  }
  return last[b.length] as number;
}
