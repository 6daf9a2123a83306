import type { ChunkerDefinition } from '../chunker-definition.js';
import { type SentenceLanguage } from '../cuts/abbreviations.js';
import { lineCuts, paragraphCuts } from '../cuts/line-cuts.js';
import { sentenceCuts } from '../cuts/sentence-cuts.js';
import { Labeller } from '../labeller.js';
import { LANGUAGE_DOCS, LanguageOptions } from '../options/language.options.js';
import { type Level, pack } from '../pack.js';
import { Pages } from '../pages.js';
import { TokenMap } from '../tokens/token-map.js';

/** For prose, whose lines may end in the middle of a sentence. */
export function proseLevels(language?: SentenceLanguage): Level[] {
  return [{ cuts: paragraphCuts }, { cuts: sentenceCuts(language) }, { cuts: lineCuts }];
}

export const sentenceChunker: ChunkerDefinition<LanguageOptions> = {
  summary: 'Whole paragraphs and whole sentences, also where lines end in the middle of one; for prose.',
  options: { type: LanguageOptions, docs: LANGUAGE_DOCS },
  make: ({ chunk_size, chunk_overlap, language }, { tokeniser }) => ({
    *chunks(parsed) {
      const tokens = new TokenMap(parsed.text, tokeniser);
      const whole = { start: 0, end: parsed.text.length };
      const options = { levels: proseLevels(language), size: chunk_size, overlap: chunk_overlap };
      const labeller = new Labeller(parsed, tokens);
      for (const part of new Pages(parsed).partsOf([whole])) yield* labeller.label(pack(tokens, part, options));
    },
  }),
};
