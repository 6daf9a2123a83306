import type { PageSpan, ParsedText } from '../parsed-text.js';
import { dropSpaces, skipSpaces } from './characters.js';
import type { Span } from './span.js';

// What a sentence does not end with, and what none begins with.
const OPEN_END = /[\p{L}\p{M}\p{N},(‐–—-]$/u;
const GOES_ON = /^\p{Ll}/u;
const LONGEST_LETTER = 2;
// More white space than this lies between two pages only where something else ended.
const LONGEST_GAP = 64;

/** Which pages a part of a text is on. */
export interface PagesOfSpan {
  page?: number;
  /** Where those behind `page` begin, each of the next number. */
  pageStarts?: number[];
}

/** The pages of a text, and what of it lies on them. */
export class Pages {
  private readonly text: string;
  private readonly pages: readonly PageSpan[];

  constructor({ text, pages = [] }: ParsedText) {
    this.text = text;
    this.pages = pages;
  }

  of({ start, end }: Span): PagesOfSpan {
    const first = this.indexAt(start);
    if (first < 0) return {};
    const later = this.pages.slice(first + 1, this.indexAt(Math.max(start, end - 1)) + 1);
    return { page: (this.pages[first] as PageSpan).page, ...(later.length === 0 ? {} : { pageStarts: later.map((page) => page.start) }) };
  }

  /** The spans cut where pages begin, but for those that a sentence runs on to: what is cut here has one page. */
  *partsOf(spans: Iterable<Span>): Generator<Span> {
    for (const { start, end } of spans) {
      let from = start;
      for (let index = this.indexAt(start) + 1; index < this.pages.length; index++) {
        const at = (this.pages[index] as PageSpan).start;
        if (at >= end) break;
        if (at === from || this.isRunOver(at)) continue;
        yield { start: from, end: at };
        from = at;
      }
      yield { start: from, end };
    }
  }

  private isRunOver(at: number): boolean {
    const end = dropSpaces(this.text, Math.max(0, at - LONGEST_GAP), at);
    const next = skipSpaces(this.text, at, Math.min(this.text.length, at + LONGEST_GAP));
    return OPEN_END.test(this.text.slice(Math.max(0, end - LONGEST_LETTER), end)) && GOES_ON.test(this.text.slice(next, next + LONGEST_LETTER));
  }

  /** The last page that begins at this place or before it; -1 when there is none. */
  private indexAt(place: number): number {
    let [low, high] = [0, this.pages.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.pages[middle] as PageSpan).start <= place) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
