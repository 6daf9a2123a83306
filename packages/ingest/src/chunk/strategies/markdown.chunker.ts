import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { ParsedText } from '../../parsed-text.js';
import type { ChunkerDefinition } from '../chunker-definition.js';
import { blockCuts, itemCuts } from '../cuts/markdown-cuts.js';
import { markdownHeadings } from '../headings/markdown-headings.js';
import { Outline } from '../headings/outline.js';
import { Labeller } from '../labeller.js';
import type { OptionDocs } from '../options/chunk-size.options.js';
import { LANGUAGE_DOCS, LanguageOptions } from '../options/language.options.js';
import { type Level, pack } from '../pack.js';
import { Pages } from '../pages.js';
import type { Span } from '../span.js';
import { TokenMap } from '../tokens/token-map.js';
import { recursiveLevels } from './recursive.chunker.js';

export class MarkdownOptions extends LanguageOptions {
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(6)
  heading_depth = 6;
}

export const MARKDOWN_DOCS: OptionDocs<MarkdownOptions> = {
  ...LANGUAGE_DOCS,
  heading_depth: 'A chunk ends at each heading of this level and above; deeper headings are only good places to cut.',
};

/** The outline that the parser gave; without one, that of the text read as Markdown. */
function outlineOf({ text, headings }: ParsedText): Outline {
  return new Outline(text, headings ?? markdownHeadings(text));
}

function* sectionChunks(parsed: ParsedText, tokens: TokenMap, outline: Outline, options: MarkdownOptions): Generator<Span> {
  const deeper: Level[] = options.heading_depth < 6 ? [{ isClean: true, cuts: (_text: string, span: Span) => outline.startsIn(span) }] : [];
  const levels = [...deeper, { cuts: blockCuts }, { cuts: itemCuts }, ...recursiveLevels(options.language)];
  for (const section of new Pages(parsed).partsOf(outline.sections(options.heading_depth)))
    yield* pack(tokens, section, { levels, size: options.chunk_size, overlap: options.chunk_overlap });
}

export const markdownChunker: ChunkerDefinition<MarkdownOptions> = {
  summary: 'Section by section, by the headings of the document or of its Markdown; inside of a section whole blocks, items and sentences.',
  options: { type: MarkdownOptions, docs: MARKDOWN_DOCS },
  make: (options, { tokeniser }) => ({
    *chunks(parsed) {
      const tokens = new TokenMap(parsed.text, tokeniser);
      const outline = outlineOf(parsed);
      yield* new Labeller(parsed, tokens, outline).label(sectionChunks(parsed, tokens, outline, options));
    },
  }),
};
