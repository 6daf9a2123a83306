import type { Analysis } from './analyse.js';
import { DEFAULT_AVERAGE_LENGTH, type InverseFrequencies, inverseDocumentFrequency } from './bm25.js';
import { hashTerms } from './hashed-terms.js';
import type { Language } from './language.js';

/** What is counted of a document. */
export interface CountedDocument {
  /** The indices of its vector. */
  indices: Iterable<number>;
  /** In words; needed where the average length is wanted. */
  length?: number;
  /** The likeliest. */
  language?: Language;
}

export function countedDocument(analysis: Analysis): CountedDocument {
  const [language] = analysis.languages;
  const counted = { indices: Uint32Array.from(hashTerms(analysis), ({ index }) => index), length: analysis.length };
  return language === undefined ? counted : { ...counted, language };
}

const RARE_LANGUAGE = 0.05;
const MOST_LANGUAGES = 4;

function countOne<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** What BM25 must know of the documents of one tenant. */
export class TermStatistics implements InverseFrequencies {
  private readonly frequencies = new Map<number, number>();
  private readonly documentsIn = new Map<Language, number>();
  private documentCount = 0;
  private lengths = 0;

  get documents(): number {
    return this.documentCount;
  }

  /** How many distinct terms they have. */
  get terms(): number {
    return this.frequencies.size;
  }

  /** In words; the default while nothing is known. */
  get averageLength(): number {
    return this.lengths === 0 ? DEFAULT_AVERAGE_LENGTH : this.lengths / this.documentCount;
  }

  /** Those of at least one document in twenty, the most frequent first: what `queryLanguages` wants. */
  get languages(): Language[] {
    const frequent = [...this.documentsIn].filter(([, documents]) => documents >= this.documentCount * RARE_LANGUAGE);
    const byFrequency = frequent.sort(([a, inA], [b, inB]) => inB - inA || (a < b ? -1 : 1));
    return byFrequency.slice(0, MOST_LANGUAGES).map(([language]) => language);
  }

  idfOf(index: number): number {
    return inverseDocumentFrequency(this.documentCount, this.frequencies.get(index) ?? 0);
  }

  add({ indices, length = 0, language }: CountedDocument): void {
    for (const index of indices) countOne(this.frequencies, index);
    if (language !== undefined) countOne(this.documentsIn, language);
    this.documentCount += 1;
    this.lengths += length;
  }
}
