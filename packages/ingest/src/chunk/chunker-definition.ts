import type { Chunker, ChunkTools } from './chunk.js';
import type { ChunkSizeOptions } from './options/chunk-size.options.js';
import type { OptionsClass } from './options/read-options.js';

/** A way to cut texts: what it does, its options, and how to make one. One file for each, listed in `strategies.ts`. */
export interface ChunkerDefinition<T extends ChunkSizeOptions = ChunkSizeOptions> {
  summary: string;
  options: OptionsClass<T>;
  make(options: T, tools: ChunkTools): Chunker;
}
