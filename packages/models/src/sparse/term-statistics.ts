import type { Analysis } from './analyse.js';
import { DEFAULT_AVERAGE_LENGTH, type InverseFrequencies, inverseDocumentFrequency } from './bm25.js';
import { hashTerms } from './hashed-terms.js';
import type { Language } from './language.js';

/** What is counted of a document. To remove it later, keep this or what it is made of. */
export interface CountedDocument {
  /** The indices of its vector. */
  indices: Iterable<number>;
  /** In words. */
  length: number;
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

function change<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

/** All that there is to a TermStatistics, in ascending order, so that equal statistics have equal counts. */
export interface TermCounts {
  documents: number;
  totalLength: number;
  languages: [Language, number][];
  frequencies: [index: number, documents: number][];
}

/**
 * What BM25 must know of the documents of one tenant. Adding and removing are exact, so that what was added and removed, in any order, leaves
 * no trace. Remove what was added: the indices, length or language of another text make the counts wrong.
 */
export class TermStatistics implements InverseFrequencies {
  private readonly frequencies: Map<number, number>;
  private readonly documentsIn: Map<Language, number>;
  private documentCount: number;
  private lengths: number;

  constructor(counts?: TermCounts) {
    this.frequencies = new Map(counts?.frequencies);
    this.documentsIn = new Map(counts?.languages);
    this.documentCount = counts?.documents ?? 0;
    this.lengths = counts?.totalLength ?? 0;
  }

  get documents(): number {
    return this.documentCount;
  }

  /** In words; the default while there are none. */
  get averageLength(): number {
    return this.lengths === 0 ? DEFAULT_AVERAGE_LENGTH : this.lengths / this.documentCount;
  }

  /** Those of at least one document in twenty, the most frequent first: what `queryLanguages` wants. */
  get languages(): Language[] {
    const frequent = [...this.documentsIn].filter(([, documents]) => documents >= this.documentCount * RARE_LANGUAGE);
    const byFrequency = frequent.sort(([a, inA], [b, inB]) => inB - inA || (a < b ? -1 : 1));
    return byFrequency.slice(0, MOST_LANGUAGES).map(([language]) => language);
  }

  documentFrequency(index: number): number {
    return this.frequencies.get(index) ?? 0;
  }

  idfOf(index: number): number {
    return inverseDocumentFrequency(this.documentCount, this.documentFrequency(index));
  }

  add(document: CountedDocument): void {
    this.count(document, 1);
  }

  /** A RangeError, and nothing changed, when such a document cannot have been added. */
  remove(document: CountedDocument): void {
    if (!this.mayHold(document)) throw new RangeError('These term statistics do not count this document. Remove only what was added, and once.');
    this.count(document, -1);
  }

  /** Counts the other's documents too. No document may be in both. */
  merge(other: TermStatistics): void {
    for (const [index, documents] of other.frequencies) change(this.frequencies, index, documents);
    for (const [language, documents] of other.documentsIn) change(this.documentsIn, language, documents);
    this.documentCount += other.documentCount;
    this.lengths += other.lengths;
  }

  counts(): TermCounts {
    return {
      documents: this.documentCount,
      totalLength: this.lengths,
      languages: [...this.documentsIn].sort(([a], [b]) => (a < b ? -1 : 1)),
      frequencies: [...this.frequencies].sort(([a], [b]) => a - b),
    };
  }

  private mayHold({ indices, length, language }: CountedDocument): boolean {
    const isCounted = language === undefined || this.documentsIn.has(language);
    return this.documentCount > 0 && this.lengths >= length && isCounted && [...indices].every((index) => this.frequencies.has(index));
  }

  private count({ indices, length, language }: CountedDocument, by: 1 | -1): void {
    for (const index of indices) change(this.frequencies, index, by);
    if (language !== undefined) change(this.documentsIn, language, by);
    this.documentCount += by;
    this.lengths += by * length;
  }
}
