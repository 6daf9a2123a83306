export { ANALYSIS_VERSION, type Analysis, analyse, type Term } from './analyse.js';
export {
  DEFAULT_AVERAGE_LENGTH,
  DEFAULT_B,
  DEFAULT_K1,
  type DocumentWeighting,
  documentVector,
  type InverseFrequencies,
  inverseDocumentFrequency,
  queryVector,
} from './bm25.js';
export { detectLanguages, queryLanguages } from './detect-languages.js';
export { LANGUAGES, type Language } from './language.js';
export { termHash } from './term-hash.js';
export { type CountedDocument, countedDocument, SummedStatistics, TermStatistics } from './term-statistics.js';
export { TextWords, type Words } from './text-words.js';
