import { type Line, linesOf } from '../line.js';
import type { Span } from '../span.js';

const FENCE = /^ {0,3}(`{3,}|~{3,})/;

export interface MarkdownLine {
  line: Line;
  /** Whether it lies in a fenced block of code, or opens or ends one. */
  isFenced: boolean;
}

function fenceOf(line: Line): string | undefined {
  return line.sign === '`' || line.sign === '~' ? FENCE.exec(line.head)?.[1] : undefined;
}

/** The lines of a Markdown text, and which of them are code. */
export function* markdownLines(text: string, span: Span): Generator<MarkdownLine> {
  let open: string | undefined;
  for (const line of linesOf(text, span)) {
    const fence = fenceOf(line);
    yield { line, isFenced: open !== undefined || fence !== undefined };
    if (open === undefined) open = fence;
    else if (fence?.startsWith(open)) open = undefined;
  }
}
