import { CairnError } from '@cairn/common/contracts';
import type { Chunker, ChunkTools } from './chunk.js';
import type { ChunkerDefinition } from './chunker-definition.js';
import type { ChunkSizeOptions } from './options/chunk-size.options.js';
import { readOptions } from './options/read-options.js';
import { autoChunker } from './strategies/auto.chunker.js';
import { codeChunker } from './strategies/code.chunker.js';
import { hierarchicalChunker } from './strategies/hierarchical.chunker.js';
import { markdownChunker } from './strategies/markdown.chunker.js';
import { recursiveChunker } from './strategies/recursive.chunker.js';
import { semanticChunker } from './strategies/semantic.chunker.js';
import { sentenceChunker } from './strategies/sentence.chunker.js';
import { tokenWindowChunker } from './strategies/token-windows.chunker.js';

/** Every chunker, by the name that callers use. */
export const CHUNKERS = {
  tokens: tokenWindowChunker,
  recursive: recursiveChunker,
  sentence: sentenceChunker,
  markdown: markdownChunker,
  code: codeChunker,
  hierarchical: hierarchicalChunker,
  semantic: semanticChunker,
  auto: autoChunker,
} as const;

export type ChunkingStrategy = keyof typeof CHUNKERS;

/** What a caller asks for: a strategy by its name, and options that were not checked yet. */
export interface ChunkingPlan {
  strategy: string;
  options?: unknown;
}

function definitionOf(strategy: string): ChunkerDefinition {
  const message = `chunking_strategy must be one of: ${Object.keys(CHUNKERS).join(', ')}`;
  if (!Object.hasOwn(CHUNKERS, strategy)) throw new CairnError('invalid_input', message, { errors: [{ path: 'chunking_strategy', message }] });
  // Each definition reads and takes its own options; which these are is known where they are read only.
  return CHUNKERS[strategy as ChunkingStrategy] as ChunkerDefinition;
}

/** The options that a chunker would work with; a CairnError names each field that is wrong. */
export function chunkingOptions({ strategy, options = {} }: ChunkingPlan): ChunkSizeOptions {
  return readOptions(definitionOf(strategy).options, options);
}

/** A chunker that is ready to cut; a CairnError names each field that is wrong. */
export function makeChunker(plan: ChunkingPlan, tools: ChunkTools): Chunker {
  return definitionOf(plan.strategy).make(chunkingOptions(plan), tools);
}
