import { eld } from 'eld/extrasmall';
import { LANGUAGES, type Language } from './language.js';

// The detector reads no more than about 350 bytes.
const READ = 1000;
// Codes, numbers and addresses say nothing of a language.
const NOT_WORDS = /[^\s]*[\d@\\/_][^\s]*/g;
// A sentence has one language well ahead of the others, two or three words often have not.
const NEARLY_AS_LIKELY = 0.9;
const MOST = 3;

const isSupported = (code: string): code is Language => (LANGUAGES as string[]).includes(code);

/** The languages that the text may be in, the likeliest first: one for a sentence, up to three for a few words, none when the likeliest has no stemmer. */
export function detectLanguages(text: string): Language[] {
  const scores = Object.entries(eld.detect(text.slice(0, READ).replace(NOT_WORDS, ' ')).getScores()).sort((a, b) => b[1] - a[1]);
  const [best] = scores;
  if (best === undefined || !isSupported(best[0])) return [];
  return scores
    .filter(([, score]) => score >= best[1] * NEARLY_AS_LIKELY)
    .map(([code]) => code)
    .filter(isSupported)
    .slice(0, MOST);
}

/**
 * The languages to analyse a query in, given those of the documents, the most frequent first (`TermStatistics.languages`). Names and single words
 * say little of their language: of the 50 queries of dbpedia-sample, ten look like another one than English.
 */
export function queryLanguages(query: string, ofDocuments: readonly Language[]): Language[] {
  const detected = detectLanguages(query);
  const both = detected.filter((language) => ofDocuments.includes(language));
  return [...new Set([...both, ...ofDocuments, ...detected])];
}
