import type { FoundChunk } from '@cairn/common';
import type { Highlight } from './highlight.js';

/** What is cited of a hit. */
export interface CitedPages {
  page: number | null;
  /** Null where the hit does not go on behind `page`. */
  page_end: number | null;
}

interface Part {
  page: number;
  start: number;
  end: number;
}

/** The pages of a chunk, in its own text. */
function partsOf({ page, pageStarts, start, text }: FoundChunk): Part[] {
  const starts = [0, ...(pageStarts ?? []).map((at) => at - start)];
  return starts.map((from, at) => ({ page: (page as number) + at, start: from, end: starts[at + 1] ?? text.length }));
}

function wordsOn({ start, end }: Part, marks: readonly Highlight[]): number {
  return new Set(marks.filter((mark) => mark.start >= start && mark.start < end).map(({ text }) => text.toLowerCase())).size;
}

/** The first of those that have most of something. */
function most(parts: readonly Part[], of: (part: Part) => number): Part {
  return parts.reduce((best, part) => (of(part) > of(best) ? part : best));
}

/** The page that most words of the question are on; without any, the page that most of the chunk is on. */
export function citedPages(chunk: FoundChunk, marks: readonly Highlight[] = []): CitedPages {
  const { page, pageStarts } = chunk;
  if (page === null || pageStarts === null) return { page, page_end: null };
  const parts = partsOf(chunk);
  const { page: best } = most(parts, marks.length > 0 ? (part) => wordsOn(part, marks) : ({ start, end }) => end - start);
  const last = page + pageStarts.length;
  return { page: best, page_end: last > best ? last : null };
}
