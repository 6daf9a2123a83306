import { endsLine, isSpace } from '../characters.js';
import type { Span } from '../span.js';
import type { Cuts } from './cuts.js';

/** The beginnings of lines that follow at least so many line ends, with nothing else between them. */
function* afterLineEnds(text: string, { start, end }: Span, least: number): Generator<number> {
  let ends = 0;
  let lineStart = start;
  for (let at = start; at < end; at++) {
    if (endsLine(text, at)) {
      ends++;
      lineStart = at + 1;
    } else if (!isSpace(text.charCodeAt(at))) {
      if (ends >= least) yield lineStart;
      ends = 0;
    }
  }
}

/** Lines that are not empty. */
export const lineCuts: Cuts = (text, span) => afterLineEnds(text, span, 1);

/** Lines after an empty one. */
export const paragraphCuts: Cuts = (text, span) => afterLineEnds(text, span, 2);
