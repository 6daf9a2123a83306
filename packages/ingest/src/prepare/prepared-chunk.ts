import type { Chunk } from '../chunk/chunk.js';

/** A chunk, and the texts that are embedded for it. */
export interface PreparedChunk extends Chunk {
  /** When it is said, in seconds, in a text with times. */
  time?: { start: number; end: number };
  /** Everything of it that is not white space is in one of them, each no longer than the model reads; with title and headings in front, where they were asked for. */
  windows: string[];
}
