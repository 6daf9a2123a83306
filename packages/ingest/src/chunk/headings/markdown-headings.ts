import type { HeadingSpan } from '../../parsed-text.js';
import type { Line } from '../line.js';
import { type MarkdownLine, markdownLines } from './markdown-lines.js';

const HASHES = /^ {0,3}(#{1,6})(?=[ \t]|$)/;
const UNDERLINE = /^ {0,3}(=+|-+)\s*$/;
// A line with one of these in front is no paragraph, so an underline below it is a rule.
const NO_PARAGRAPH = /^(?: {4}|\t| {0,3}(?:[>#|]|[-*+] |\d{1,9}[.)] |[-*_=]{2,}\s*$))/;

function titleOf(line: string): string {
  const title = line.trim();
  const end = title.length - (/#*$/.exec(title.slice(-100))?.[0].length ?? 0);
  const closed = title.slice(0, end);
  return closed === '' || /\s$/.test(closed) ? closed.trim() : title;
}

function withHashes(text: string, line: Line): HeadingSpan | undefined {
  const hashes = line.sign === '#' ? HASHES.exec(line.head) : null;
  if (!hashes?.[1]) return undefined;
  return { level: hashes[1].length, title: titleOf(text.slice(line.start + hashes[0].length, line.end)), start: line.start };
}

function underlined(text: string, line: Line, before: MarkdownLine | undefined): HeadingSpan | undefined {
  if ((line.sign !== '=' && line.sign !== '-') || before === undefined || before.isFenced || before.line.isEmpty) return undefined;
  const underline = UNDERLINE.exec(line.head)?.[1];
  if (underline === undefined || NO_PARAGRAPH.test(before.line.head)) return undefined;
  return { level: underline.startsWith('=') ? 1 : 2, title: text.slice(before.line.start, before.line.end).trim(), start: before.line.start };
}

/** The headings of a Markdown text, not those that stand in code. */
export function markdownHeadings(text: string): HeadingSpan[] {
  const headings: HeadingSpan[] = [];
  let before: MarkdownLine | undefined;
  for (const next of markdownLines(text, { start: 0, end: text.length })) {
    const heading = next.isFenced ? undefined : (withHashes(text, next.line) ?? underlined(text, next.line, before));
    if (heading) headings.push(heading);
    before = next;
  }
  return headings;
}
