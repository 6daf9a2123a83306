import type { ParsedText } from '../parsed-text.js';
import type { Span } from './span.js';
import type { OffsetTokeniser } from './tokens/offset-tokeniser.js';

/** The larger part of the text that a chunk was cut from: what is shown when the chunk is found. */
export interface ChunkParent extends Span {
  /** Chunks of one parent follow each other. */
  index: number;
}

/** A part of a text that is embedded and found on its own. `text.slice(start, end)` is its text, in UTF-16 units of the text that it was cut from. */
export interface Chunk extends Span {
  index: number;
  text: string;
  /** Where it begins, in a text with pages. */
  page?: number;
  /** Where the pages behind `page` begin that it goes on over, each of the next number; not there where it ends on the page that it begins on. */
  pageStarts?: number[];
  /** The headings that it stands under, the highest first. */
  headingPath?: string[];
  tokens: number;
  /** What was said of it by whoever cut it, where we did not. */
  metadata?: Record<string, unknown>;
  parent?: ChunkParent;
}

/** The vectors of texts, in their order. */
export type EmbedTexts = (texts: string[]) => Promise<Float32Array[]>;

/** What a chunker works with, besides its options. */
export interface ChunkTools {
  tokeniser: OffsetTokeniser;
  /** Asked by the semantic chunker only. */
  embed?: EmbedTexts;
}

/** Cuts a text into chunks, one after the other as they are asked for. The same text gives the same chunks. */
export interface Chunker {
  chunks(parsed: ParsedText): Iterable<Chunk> | AsyncIterable<Chunk>;
}

/** All chunks at once, for a text that is known to be small. */
export async function collectChunks(chunker: Chunker, parsed: ParsedText): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for await (const chunk of chunker.chunks(parsed)) chunks.push(chunk);
  return chunks;
}
