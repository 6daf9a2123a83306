import type { HeadingSpan } from '../../parsed-text.js';

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const ATX = /^ {0,3}(#{1,6})(?:[ \t]+(.*))?$/;
const SETEXT = /^ {0,3}(=+|-+)[ \t]*$/;
/** What a line of dashes under it does not turn into a heading: quotes, lists, tables, code, and other such lines. */
const NOT_A_TITLE = /^(?: {4}|\t| {0,3}(?:>|[-+*][ \t]|\d{1,9}[.)][ \t]|\||#{1,6}[ \t]|(?:=+|-+|\*+|_+)[ \t]*$))/;
/** Longer lines are paragraphs. Keeps the patterns off a line of 10 MB. */
const LONGEST_TITLE = 1_000;

/** Headings of both kinds in Markdown, outside of code. In a quote or a list they are part of what is quoted. */
export function markdownHeadings(text: string): HeadingSpan[] {
  const headings: HeadingSpan[] = [];
  let fence: string | undefined;
  let previous = { line: '', start: 0 };
  for (let start = 0; start <= text.length; ) {
    const end = endOfLine(text, start);
    const line = end - start > LONGEST_TITLE ? '' : text.slice(start, end);
    const mark = FENCE.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence) && line.trim() === mark) fence = undefined;
    } else if (mark !== undefined) fence = mark;
    else headings.push(...headingOf({ line, start }, previous));
    previous = fence === undefined && mark === undefined ? { line, start } : { line: '', start };
    start = end + 1;
  }
  return headings;
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end === -1 ? text.length : end;
}

interface Line {
  line: string;
  start: number;
}

function headingOf({ line, start }: Line, previous: Line): HeadingSpan[] {
  const atx = ATX.exec(line);
  if (atx !== null) {
    const title = withoutClosing((atx[2] ?? '').trim());
    return title === '' ? [] : [{ level: (atx[1] as string).length, title, start }];
  }
  const under = SETEXT.exec(line)?.[1];
  if (under === undefined || previous.line.trim() === '' || NOT_A_TITLE.test(previous.line)) return [];
  return [{ level: under.startsWith('=') ? 1 : 2, title: previous.line.trim(), start: previous.start }];
}

/** `## Title ##` is called `Title`. */
function withoutClosing(title: string): string {
  const closing = title.lastIndexOf(' ');
  const isClosed = /^#+$/.test(title.slice(closing + 1));
  return isClosed ? title.slice(0, Math.max(0, closing)).trim() : title;
}
