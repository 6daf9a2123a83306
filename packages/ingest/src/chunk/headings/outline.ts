import type { HeadingSpan, ParsedText } from '../../parsed-text.js';
import { endsLine, skipSpaces } from '../characters.js';
import type { Span } from '../span.js';
import { markdownHeadings } from './markdown-headings.js';

// What a chunk carries of its headings is stored with each chunk: neither is bounded in a hostile document.
const DEEPEST = 16;
const LONGEST_TITLE = 200;
// Between two headings: nothing, or what underlines the first.
const NOTHING_BETWEEN = /^[\s=\-~*#]*$/;
const LONGEST_NOTHING = 500;

function shortTitle(title: string): string {
  return title.length <= LONGEST_TITLE
    ? title
    : `${title
        .slice(0, LONGEST_TITLE - 1)
        .toWellFormed()
        .replace(/\ufffd$/, '')}…`;
}

/** The headings of a text and what stands below them. */
export class Outline {
  /** Of each heading the one that it stands below, -1 for none. */
  private readonly parents: Int32Array;

  constructor(
    private readonly text: string,
    private readonly headings: readonly HeadingSpan[],
  ) {
    this.parents = parentsOf(headings);
  }

  /** The headings that a part of the text stands under. Where it begins with headings, they belong to it. */
  pathOf({ start, end }: Span): string[] {
    let index = this.headingAt(start);
    while (this.isHeadingOnly(index, start) && (this.headings[index + 1] as HeadingSpan).start < end) index++;
    const path: string[] = [];
    for (; index >= 0 && path.length < DEEPEST; index = this.parents[index] as number) path.unshift(shortTitle((this.headings[index] as HeadingSpan).title));
    return path;
  }

  /** Where the headings inside of a span begin, not at its start. */
  *startsIn({ start, end }: Span): Generator<number> {
    for (let index = this.headingAt(start) + 1; index < this.headings.length; index++) {
      const place = (this.headings[index] as HeadingSpan).start;
      if (place >= end) return;
      yield place;
    }
  }

  /** The text cut at its headings down to a level. A heading with nothing below it goes with the next one. */
  *sections(depth: number): Generator<Span> {
    let start = 0;
    for (const [index, heading] of this.headings.entries()) {
      if (heading.level > depth || heading.start <= start || this.isHeadingOnly(index - 1, start)) continue;
      yield { start, end: heading.start };
      start = heading.start;
    }
    yield { start, end: this.text.length };
  }

  /** Whether the heading lies at or behind `from`, and the next one follows it without a text between them. */
  private isHeadingOnly(index: number, from: number): boolean {
    const [heading, next] = [this.headings[index], this.headings[index + 1]];
    if (!heading || !next || heading.start < from) return false;
    const body = this.endOfTitle(heading, next.start);
    return next.start - body <= LONGEST_NOTHING && NOTHING_BETWEEN.test(this.text.slice(body, next.start));
  }

  private endOfTitle(heading: HeadingSpan, limit: number): number {
    let at = skipSpaces(this.text, heading.start, limit);
    while (at < limit && !endsLine(this.text, at)) at++;
    return at;
  }

  /** The last heading that begins at this place or before it; -1 when there is none. */
  private headingAt(place: number): number {
    let [low, high] = [0, this.headings.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.headings[middle] as HeadingSpan).start <= place) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

function parentsOf(headings: readonly HeadingSpan[]): Int32Array {
  const parents = new Int32Array(headings.length);
  const open: number[] = [];
  for (const [index, { level }] of headings.entries()) {
    while (open.length > 0 && (headings[open.at(-1) as number] as HeadingSpan).level >= level) open.pop();
    parents[index] = open.at(-1) ?? -1;
    open.push(index);
  }
  return parents;
}

const isMarkdown = ({ mimeType }: ParsedText): boolean => mimeType === 'text/markdown' || mimeType === 'text/x-markdown';

/** The outline that the parser gave, or that of the Markdown. */
export function outlineOf(parsed: ParsedText): Outline {
  return new Outline(parsed.text, parsed.headings ?? (isMarkdown(parsed) ? markdownHeadings(parsed.text) : []));
}
