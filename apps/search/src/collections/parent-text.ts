import { type FoundChunk, MOST_PARTS, type ParentPart } from '@cairn/common';

/** What stands around a hit, to be read with it. Offsets are those of the document, in UTF-16 units. */
export interface ParentText {
  /** `parent` where the chunker made one; `neighbours` is the chunk with the one before and the one after it. */
  kind: 'parent' | 'neighbours';
  text: string;
  start: number;
  end: number;
  /** There is more of it. */
  truncated: boolean;
}

/** How much of a parent is shown before a chunk, and after it. */
export const AROUND_CHARACTERS = 8_000;

interface Piece {
  text: string;
  start: number;
  end: number;
}

type Chunk = Pick<FoundChunk, 'text' | 'start' | 'end' | 'parentStart' | 'parentEnd'>;
type Part = Omit<ParentPart, 'chunkId'>;

/** Put together from the parts of the parent. Of the white space between parts, which nobody keeps, only the length is right. */
export function parentTextOf(chunk: Chunk, parts: readonly Part[]): ParentText {
  const pieces: Piece[] = [...parts, chunk].sort((a, b) => a.start - b.start || a.end - b.end);
  const [start, end] = [Math.min(...pieces.map((piece) => piece.start)), Math.max(...pieces.map((piece) => piece.end))];
  const from = Math.max(start, chunk.start - AROUND_CHARACTERS);
  const to = Math.min(end, chunk.end + AROUND_CHARACTERS);
  const truncated = from > start || to < end || isCut(chunk, parts);
  return { kind: chunk.parentStart === null ? 'neighbours' : 'parent', ...withoutHalves(joined(pieces, from, to), from), truncated };
}

function joined(pieces: readonly Piece[], from: number, to: number): string {
  let text = '';
  for (const piece of pieces) {
    const gap = Math.max(0, Math.min(piece.start, to) - from - text.length);
    text += gap === 1 ? ' ' : '\n'.repeat(gap);
    text += piece.text.slice(Math.max(0, from + text.length - piece.start), Math.max(0, to - piece.start));
  }
  return text;
}

/** No half of a surrogate pair at either end. */
function withoutHalves(text: string, start: number): Piece {
  const from = /^[\uDC00-\uDFFF]/.test(text) ? 1 : 0;
  const to = text.length - (/[\uD800-\uDBFF]$/.test(text) ? 1 : 0);
  return { text: text.slice(from, to), start: start + from, end: start + to };
}

/** Whether parts were left out, or cut, when they were read. */
function isCut({ start, end, parentStart, parentEnd }: Chunk, parts: readonly Part[]): boolean {
  const before = parts.filter((part) => part.start < start).length;
  const isFar = (parentStart ?? start) < start - AROUND_CHARACTERS || (parentEnd ?? end) > end + AROUND_CHARACTERS;
  return isFar || Math.max(before, parts.length - before) >= MOST_PARTS || parts.some((part) => part.isCut);
}
