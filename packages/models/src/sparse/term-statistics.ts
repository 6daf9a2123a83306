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

/** Those of at least one document in twenty, the most frequent first: what `queryLanguages` wants. */
function frequentLanguages(documentsIn: ReadonlyMap<Language, number>, documentCount: number): Language[] {
  const frequent = [...documentsIn].filter(([, documents]) => documents >= documentCount * RARE_LANGUAGE);
  const byFrequency = frequent.sort(([a, inA], [b, inB]) => inB - inA || (a < b ? -1 : 1));
  return byFrequency.slice(0, MOST_LANGUAGES).map(([language]) => language);
}

function addTo<Key>(counts: Map<Key, number>, key: Key, more = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + more);
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

  get languages(): Language[] {
    return frequentLanguages(this.documentsIn, this.documentCount);
  }

  /** How many documents have the term. */
  containing(index: number): number {
    return this.frequencies.get(index) ?? 0;
  }

  /** How many documents are in each language. */
  get byLanguage(): ReadonlyMap<Language, number> {
    return this.documentsIn;
  }

  idfOf(index: number): number {
    return inverseDocumentFrequency(this.documentCount, this.containing(index));
  }

  add({ indices, length = 0, language }: CountedDocument): void {
    for (const index of indices) addTo(this.frequencies, index);
    if (language !== undefined) addTo(this.documentsIn, language);
    this.documentCount += 1;
    this.lengths += length;
  }
}

/** What several statistics say together, as if all their documents lay in one place. */
export class SummedStatistics {
  readonly documents: number;

  constructor(private readonly parts: readonly TermStatistics[]) {
    this.documents = parts.reduce((sum, { documents }) => sum + documents, 0);
  }

  get languages(): Language[] {
    const documentsIn = new Map<Language, number>();
    for (const { byLanguage } of this.parts) for (const [language, documents] of byLanguage) addTo(documentsIn, language, documents);
    return frequentLanguages(documentsIn, this.documents);
  }

  /** How many documents have the term. */
  containing(index: number): number {
    return this.parts.reduce((sum, part) => sum + part.containing(index), 0);
  }
}
