import { cleanText } from './clean-text.js';
import { detectLanguages } from './detect-languages.js';
import { fold, lowerCase } from './fold.js';
import { isStopWord, type Language, stem } from './language.js';
import { type Chunk, type Run, scan } from './scan.js';
import { isProse, isWord, splitCode } from './split-code.js';

/** Part of the name of a sparse space: whatever changes the terms of any text, a library among it, must change this. */
export const ANALYSIS_VERSION = 1;

// For forms other than the likeliest stem. Measured (README.md): 0.5 loses 0.011 nDCG on cranfield; 0 gains 0.006 on dbpedia-sample where the
// language is known, but then a wrong guess loses the word.
const OTHER_FORM_WEIGHT = 0.25;
const JOINED_WEIGHT = 0.5;
// All parts of a code together. At 1/4, a text of three times the average length that has the code beats any text with only its parts.
const ALL_PARTS_WEIGHT = 0.25;
// More than anyone types; what is longer is known by its beginning.
const LONGEST_TERM = 256;

export interface Term {
  text: string;
  /** How often it is in the text. */
  count: number;
  /** What it adds to a query, summed over its places: 1 for each word or code, less for other forms and for parts, 0 for stop words. */
  weight: number;
}

export interface Analysis {
  /** Distinct, none empty. */
  terms: Term[];
  /** In words: what BM25 calls the length of a document. */
  length: number;
  /** The languages whose stems are among the terms. */
  languages: readonly Language[];
}

interface WordForms {
  /** The stem in the likeliest language first, then other stems and the word as it is written. */
  forms: string[];
  isStop: boolean;
}

class Analyser {
  readonly terms = new Map<string, Term>();
  length = 0;
  private readonly known = new Map<string, WordForms>();

  constructor(
    private readonly languages: readonly Language[],
    private readonly hasLowerCase: boolean,
  ) {}

  read(token: Run | Chunk): void {
    if (token.kind === 'run') this.readRun(token.letters);
    else if (isWord(token)) this.readWord(token.text);
    else if (isProse(token)) this.readProse(token);
    else this.readCode(token);
  }

  private readRun(letters: string[]): void {
    const pairs = letters.length === 1 ? letters : letters.slice(1).map((letter, index) => `${letters[index]}${letter}`);
    for (const pair of pairs) this.add(pair, 1);
    this.length += pairs.length;
  }

  private readWord(word: string): void {
    this.addForms(word, 1);
    this.length++;
  }

  private readProse({ segments, joints }: Chunk): void {
    for (const segment of segments) this.readWord(segment);
    if (joints.every((joint) => joint === '-')) this.add(fold(lowerCase(segments.join(''))), JOINED_WEIGHT);
  }

  private readCode(chunk: Chunk): void {
    const { whole, parts } = splitCode(chunk);
    this.add(fold(lowerCase(whole)), 1);
    for (const part of parts) this.addForms(part, ALL_PARTS_WEIGHT / parts.length);
    this.length += chunk.segments.length;
  }

  private addForms(word: string, weight: number): void {
    const known = this.known.get(word) ?? this.formsOf(word);
    this.known.set(word, known);
    const [likeliest, ...others] = known.forms;
    const formWeight = known.isStop ? 0 : weight;
    this.add(likeliest as string, formWeight);
    for (const form of others) this.add(form, formWeight * OTHER_FORM_WEIGHT);
  }

  private formsOf(word: string): WordForms {
    const stems = this.languages.map((language) => fold(stem(lowerCase(word, language), language)));
    const [likeliest] = this.languages;
    const isStop = likeliest !== undefined && !this.isAcronym(word) && isStopWord(lowerCase(word, likeliest), likeliest);
    return { forms: [...new Set([...stems, fold(lowerCase(word))])], isStop };
  }

  /** IT and US are no stop words, unless all is written in capitals. */
  private isAcronym(word: string): boolean {
    return this.hasLowerCase && word.length > 1 && word === word.toUpperCase() && word !== word.toLowerCase();
  }

  private add(text: string, weight: number): void {
    const cut = text.slice(0, LONGEST_TERM);
    if (cut === '') return;
    const term = this.terms.get(cut);
    if (term === undefined) this.terms.set(cut, { text: cut, count: 1, weight });
    else {
      term.count++;
      term.weight += weight;
    }
  }
}

/**
 * The terms of a text. Without languages the likeliest ones are taken; a wrong guess loses stems but never a word as it is written. Of several
 * languages the first one's stems weigh most. For a query pass `queryLanguages`.
 */
export function analyse(text: string, language?: Language | readonly Language[]): Analysis {
  const clean = cleanText(text);
  const languages = language === undefined ? detectLanguages(clean) : [language].flat();
  const analyser = new Analyser(languages, clean !== clean.toUpperCase());
  for (const token of scan(clean)) analyser.read(token);
  return { terms: [...analyser.terms.values()], length: analyser.length, languages };
}
