import { analyse } from './analyse.js';
import { type QueryWeights, queryWeights } from './bm25.js';
import { queryLanguages } from './detect-languages.js';
import type { Language } from './language.js';

/** The terms of a query and how much each says, given the languages of the texts that it is to find. */
export function queryWeightsOf(text: string, languages: readonly Language[]): QueryWeights {
  return queryWeights(analyse(text, queryLanguages(text, languages)));
}
