import { type MarkdownLine, markdownLines } from '../headings/markdown-lines.js';
import type { Span } from '../span.js';
import type { Cuts } from './cuts.js';

const ITEM_SIGNS = new Set('-*+0123456789');
const ITEM = /^ {0,3}(?:[-*+]|\d{1,9}[.)])\s/;

function* linesWhere(text: string, span: Span, begins: (next: MarkdownLine, before: MarkdownLine) => boolean): Generator<number> {
  let before: MarkdownLine | undefined;
  for (const next of markdownLines(text, span)) {
    if (before !== undefined && !next.line.isEmpty && begins(next, before)) yield next.line.start;
    before = next;
  }
}

/** Between two blocks of Markdown: after an empty line, but not inside of fenced code. */
export const blockCuts: Cuts = (text, span) => linesWhere(text, span, (next, before) => before.line.isEmpty && !(next.isFenced && before.isFenced));

/** Before an item of a list. */
export const itemCuts: Cuts = (text, span) => linesWhere(text, span, ({ line, isFenced }) => !isFenced && ITEM_SIGNS.has(line.sign) && ITEM.test(line.head));
