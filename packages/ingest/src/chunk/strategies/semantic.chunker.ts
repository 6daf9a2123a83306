import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { ParsedText } from '../../parsed-text.js';
import type { EmbedTexts } from '../chunk.js';
import type { ChunkerDefinition } from '../chunker-definition.js';
import { outlineOf } from '../headings/outline.js';
import { Labeller } from '../labeller.js';
import type { OptionDocs } from '../options/chunk-size.options.js';
import { LANGUAGE_DOCS, LanguageOptions } from '../options/language.options.js';
import { pack } from '../pack.js';
import { Pages } from '../pages.js';
import { breakpoints } from '../semantic/breakpoints.js';
import { passagesOf } from '../semantic/passages.js';
import type { Span } from '../span.js';
import { TokenMap } from '../tokens/token-map.js';
import { proseLevels } from './sentence.chunker.js';

export class SemanticOptions extends LanguageOptions {
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(99)
  breakpoint_percentile = 90;
}

export const SEMANTIC_DOCS: OptionDocs<SemanticOptions> = {
  ...LANGUAGE_DOCS,
  chunk_overlap: 'Used only where one topic is longer than a chunk: the most tokens that a chunk repeats of the one before it; at most half of chunk_size.',
  breakpoint_percentile:
    'A topic ends where two neighbouring sentences differ more than this percentage of all neighbours do. Smaller: more and smaller chunks.',
};

function* topics(passages: readonly Span[], begins: ReadonlySet<number>): Generator<Span> {
  let first = 0;
  for (let index = 1; index <= passages.length; index++) {
    if (index < passages.length && !begins.has(index)) continue;
    yield { start: (passages[first] as Span).start, end: (passages[index - 1] as Span).end };
    first = index;
  }
}

async function* topicChunks(parsed: ParsedText, tokens: TokenMap, embed: EmbedTexts, options: SemanticOptions) {
  const { chunk_size: size, chunk_overlap: overlap, language } = options;
  const passages = passagesOf(tokens, size, language);
  if (passages.length === 0) return;
  const begins = await breakpoints(parsed.text, passages, { embed, percentile: options.breakpoint_percentile });
  const labeller = new Labeller(parsed, tokens, outlineOf(parsed));
  for (const topic of new Pages(parsed).partsOf(topics(passages, begins)))
    yield* labeller.label(pack(tokens, topic, { levels: proseLevels(language), size, overlap }));
}

export const semanticChunker: ChunkerDefinition<SemanticOptions> = {
  summary: 'Cut where the topic changes, by comparing the vectors of neighbouring sentences. Each sentence is embedded once more for it.',
  options: { type: SemanticOptions, docs: SEMANTIC_DOCS },
  make(options, { tokeniser, embed }) {
    if (!embed) throw new Error('The semantic chunker needs a function that embeds texts');
    return { chunks: (parsed) => topicChunks(parsed, new TokenMap(parsed.text, tokeniser), embed, options) };
  },
};
