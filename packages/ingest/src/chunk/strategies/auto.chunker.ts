import type { Chunker, ChunkTools } from '../chunk.js';
import type { ChunkerDefinition } from '../chunker-definition.js';
import { type ChunkSizeOptions } from '../options/chunk-size.options.js';
import { LANGUAGE_DOCS, LanguageOptions } from '../options/language.options.js';
import { type RecommendedStrategy, recommendChunking } from '../review/recommend.js';
import { codeChunker } from './code.chunker.js';
import { markdownChunker } from './markdown.chunker.js';
import { recursiveChunker } from './recursive.chunker.js';
import { sentenceChunker } from './sentence.chunker.js';
import { tokenWindowChunker } from './token-windows.chunker.js';

function make<T extends ChunkSizeOptions>(definition: ChunkerDefinition<T>, given: LanguageOptions, tools: ChunkTools): Chunker {
  return definition.make(Object.assign(new definition.options.type(), given), tools);
}

const MAKE: Record<RecommendedStrategy, (options: LanguageOptions, tools: ChunkTools) => Chunker> = {
  code: (options, tools) => make(codeChunker, options, tools),
  markdown: (options, tools) => make(markdownChunker, options, tools),
  recursive: (options, tools) => make(recursiveChunker, options, tools),
  sentence: (options, tools) => make(sentenceChunker, options, tools),
  tokens: (options, tools) => make(tokenWindowChunker, options, tools),
};

export const autoChunker: ChunkerDefinition<LanguageOptions> = {
  summary: 'Whatever fits each file: code, markdown, sentence, recursive or tokens, by its type and what can be seen of its text.',
  options: { type: LanguageOptions, docs: LANGUAGE_DOCS },
  make: (options, tools) => ({ chunks: (parsed) => MAKE[recommendChunking(parsed).strategy](options, tools).chunks(parsed) }),
};
