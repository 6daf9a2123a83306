import type { HeadingSpan } from '../../parsed-text.js';

/** A line of one punctuation mark. */
const ADORNMENT = /^([!-/:-@[-`{-~])\1{1,}[ \t]*$/;
const LONGEST_TITLE = 1_000;

interface Line {
  line: string;
  start: number;
}

/** Titles in reStructuredText: underlined, or with a line above too. The order in which the marks first appear gives their levels. */
export function rstHeadings(text: string): HeadingSpan[] {
  const styles: string[] = [];
  const headings: HeadingSpan[] = [];
  const lines = linesOf(text);
  for (let at = 1; at < lines.length; at++) {
    const under = markOf(lines[at] as Line);
    const title = lines[at - 1] as Line;
    if (under === undefined || !isTitle(title, lines[at] as Line)) continue;
    const above = lines[at - 2];
    const hasLineAbove = above !== undefined && markOf(above) === under && above.line.trim().length >= title.line.trim().length;
    // In the middle of a paragraph it is no title; right below another title it is.
    const isBelowTitle = headings.length > 0 && headings.at(-1)?.start === lines[at - 3]?.start;
    if (!hasLineAbove && !isBelowTitle && above !== undefined && above.line.trim() !== '') continue;
    const style = hasLineAbove ? under + under : under;
    if (!styles.includes(style)) styles.push(style);
    headings.push({ level: styles.indexOf(style) + 1, title: title.line.trim(), start: title.start });
  }
  return headings;
}

const markOf = ({ line }: Line): string | undefined => ADORNMENT.exec(line)?.[1];

/** The line under a title is at least as long as it. */
function isTitle(title: Line, under: Line): boolean {
  const words = title.line.trim();
  return words !== '' && markOf(title) === undefined && under.line.trim().length >= words.length;
}

function linesOf(text: string): Line[] {
  let start = 0;
  return text.split('\n').map((whole) => {
    const line = { line: whole.length > LONGEST_TITLE ? '' : whole, start };
    start += whole.length + 1;
    return line;
  });
}
