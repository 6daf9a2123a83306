import { IsIn, IsOptional } from 'class-validator';
import { SENTENCE_LANGUAGES, type SentenceLanguage } from '../cuts/abbreviations.js';
import { CHUNK_SIZE_DOCS, ChunkSizeOptions, type OptionDocs } from './chunk-size.options.js';

/** For chunkers that cut between sentences. */
export class LanguageOptions extends ChunkSizeOptions {
  @IsOptional()
  @IsIn(SENTENCE_LANGUAGES)
  language?: SentenceLanguage;
}

export const LANGUAGE_DOCS: OptionDocs<LanguageOptions> = {
  ...CHUNK_SIZE_DOCS,
  language:
    'The language of the texts, for its abbreviations and the way its sentences end. Left out: what holds for all languages, and English abbreviations.',
};
