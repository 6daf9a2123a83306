import type { SparseVector } from '@cairn/common';
import { type Analysis, analyse, documentVector, type Term } from '@cairn/models/sparse';
import { uniformFrom } from '../core/uniform.js';
import { readWords } from '../models/texts.js';

/** So many different words, of which the n-th is n times rarer than the first, as those of a language are. */
const VOCABULARY = 8_000;
const WORDS_OF_A_TEXT = 90;
const WORDS_OF_A_QUESTION = 8;
/** The words that are in every second text ask for nothing. */
const COMMONEST_ASKED = 20;

export interface MadeText {
  text: string;
  words: number;
  terms: SparseVector;
}

/** Made-up texts with the words that a search compares, and questions about them; the same for a seed in every run. */
export class MadeTexts {
  private readonly words = readWords().slice(0, VOCABULARY);
  private readonly termsOf = new Map<string, readonly Term[]>();
  private readonly uniform: () => number;

  constructor(seed: number) {
    this.uniform = uniformFrom(seed);
  }

  next(): MadeText {
    const words = Array.from({ length: WORDS_OF_A_TEXT }, () => this.word(1));
    return { text: words.join(' '), words: words.length, terms: documentVector(this.analysisOf(words)) };
  }

  question(): string {
    return Array.from({ length: WORDS_OF_A_QUESTION }, () => this.word(COMMONEST_ASKED)).join(' ');
  }

  private word(commonest: number): string {
    const rank = Math.floor(commonest * (this.words.length / commonest) ** this.uniform());
    return this.words[rank - 1] as string;
  }

  /** Of a text of plain words it is the sum of those of its words, each of which is taken apart once only. */
  private analysisOf(words: readonly string[]): Analysis {
    const sums = new Map<string, Term>();
    for (const word of words) {
      for (const { text, count, weight } of this.wordTerms(word)) {
        const sum = sums.get(text) ?? { text, count: 0, weight: 0 };
        sums.set(text, { text, count: sum.count + count, weight: sum.weight + weight });
      }
    }
    return { terms: [...sums.values()], length: words.length, languages: ['en'] };
  }

  private wordTerms(word: string): readonly Term[] {
    const known = this.termsOf.get(word) ?? analyse(word, ['en']).terms;
    this.termsOf.set(word, known);
    return known;
  }
}
