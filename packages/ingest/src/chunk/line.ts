import { endsLine, isSpace, skipSpaces } from './characters.js';
import type { Span } from './span.js';

// Nothing that makes a line special stands further in.
const LOOKS_AT = 200;

/** One line of a text, without its end. What it begins with is looked at only when somebody asks: a text may have a million lines. */
export class Line implements Span {
  /** Where its first word begins; its end when it is empty. */
  readonly first: number;

  constructor(
    private readonly text: string,
    readonly start: number,
    readonly end: number,
  ) {
    this.first = skipSpaces(text, start, end);
  }

  get isEmpty(): boolean {
    return this.first === this.end;
  }

  get isIndented(): boolean {
    return this.first > this.start;
  }

  /** Its first character that is not white space. */
  get sign(): string {
    return this.text.charAt(this.first);
  }

  /** Its first characters. */
  get head(): string {
    return this.text.slice(this.start, Math.min(this.end, this.start + LOOKS_AT));
  }
}

/** The lines of a span; of empty ones that follow each other only the first. */
export function* linesOf(text: string, { start, end }: Span): Generator<Line> {
  for (let from = start; from < end; ) {
    let to = from;
    while (to < end && !endsLine(text, to)) to++;
    const line = new Line(text, from, to);
    yield line;
    from = line.isEmpty ? lastLineEnd(text, to, end) : to + 1;
  }
}

/** The beginning of the line that the next word is in. */
function lastLineEnd(text: string, from: number, end: number): number {
  let begin = from + 1;
  for (let at = from; at < end && isSpace(text.charCodeAt(at)); at++) if (endsLine(text, at)) begin = at + 1;
  return begin;
}
