import type { ChunkerDefinition } from '../chunker-definition.js';
import { type SentenceLanguage } from '../cuts/abbreviations.js';
import { lineCuts, paragraphCuts } from '../cuts/line-cuts.js';
import { sentenceCuts } from '../cuts/sentence-cuts.js';
import { Labeller } from '../labeller.js';
import { LANGUAGE_DOCS, LanguageOptions } from '../options/language.options.js';
import { type Level, pack } from '../pack.js';
import { Pages } from '../pages.js';
import { TokenMap } from '../tokens/token-map.js';

export function recursiveLevels(language?: SentenceLanguage): Level[] {
  return [{ cuts: paragraphCuts }, { cuts: lineCuts }, { cuts: sentenceCuts(language) }];
}

export const recursiveChunker: ChunkerDefinition<LanguageOptions> = {
  summary: 'As much as fits, cut between paragraphs, else between lines, else sentences, else words.',
  options: { type: LanguageOptions, docs: LANGUAGE_DOCS },
  make: ({ chunk_size, chunk_overlap, language }, { tokeniser }) => ({
    *chunks(parsed) {
      const tokens = new TokenMap(parsed.text, tokeniser);
      const whole = { start: 0, end: parsed.text.length };
      const options = { levels: recursiveLevels(language), size: chunk_size, overlap: chunk_overlap };
      const labeller = new Labeller(parsed, tokens);
      for (const part of new Pages(parsed).partsOf([whole])) yield* labeller.label(pack(tokens, part, options));
    },
  }),
};
