import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { ParsedText } from '../../parsed-text.js';
import type { Chunk } from '../chunk.js';
import type { ChunkerDefinition } from '../chunker-definition.js';
import { type Outline, outlineOf } from '../headings/outline.js';
import { Labeller } from '../labeller.js';
import { LEAST_CHUNK_SIZE, type OptionDocs } from '../options/chunk-size.options.js';
import { LANGUAGE_DOCS, LanguageOptions } from '../options/language.options.js';
import { pack } from '../pack.js';
import { Pages } from '../pages.js';
import type { Span } from '../span.js';
import { TokenMap } from '../tokens/token-map.js';
import { proseLevels } from './sentence.chunker.js';

const DEEPEST_HEADING = 6;

export class HierarchicalOptions extends LanguageOptions {
  @IsOptional()
  @IsInt()
  @Min(LEAST_CHUNK_SIZE)
  @Max(4_096)
  child_size = 200;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(2_048)
  child_overlap = 40;
}

export const HIERARCHICAL_DOCS: OptionDocs<HierarchicalOptions> = {
  ...LANGUAGE_DOCS,
  chunk_size: 'The most tokens of a parent, as the model of the collection counts them.',
  chunk_overlap: 'Not used here: parents do not overlap, so that no child is embedded twice.',
  child_size: 'The most tokens of a child; a parent is not smaller than its children, so at most chunk_size counts.',
  child_overlap: 'The most tokens that a child repeats of the one before it; at most half of its size counts.',
};

/** Sections, and in those that are too long whole paragraphs and sentences. */
function* parentsOf(tokens: TokenMap, sections: Iterable<Span>, { chunk_size, language }: HierarchicalOptions): Generator<Span> {
  for (const section of sections) yield* pack(tokens, section, { levels: proseLevels(language), size: chunk_size, overlap: 0 });
}

function* childrenOf(tokens: TokenMap, parts: Iterable<Span>, { chunk_size, child_size, child_overlap, language }: HierarchicalOptions): Generator<Span> {
  const size = Math.min(child_size, chunk_size);
  const overlap = Math.min(child_overlap, Math.floor(size / 2));
  for (const part of parts) yield* pack(tokens, part, { levels: proseLevels(language), size, overlap });
}

function* families(parsed: ParsedText, tokens: TokenMap, outline: Outline, options: HierarchicalOptions): Generator<Chunk> {
  const [pages, labeller] = [new Pages(parsed), new Labeller(parsed, tokens, outline)];
  let index = 0;
  for (const { start, end } of parentsOf(tokens, outline.sections(DEEPEST_HEADING), options))
    yield* labeller.label(childrenOf(tokens, pages.partsOf([{ start, end }]), options), { index: index++, start, end });
}

export const hierarchicalChunker: ChunkerDefinition<HierarchicalOptions> = {
  summary: 'Small chunks to be found, each with the larger part of the text that it belongs to, to be read.',
  options: { type: HierarchicalOptions, docs: HIERARCHICAL_DOCS },
  make: (options, { tokeniser }) => ({
    *chunks(parsed) {
      const tokens = new TokenMap(parsed.text, tokeniser);
      yield* families(parsed, tokens, outlineOf(parsed), options);
    },
  }),
};
