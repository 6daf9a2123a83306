import { endsLine, isSpace, skipSpaces } from '../characters.js';
import type { Span } from '../span.js';
import { abbreviationsOf, type SentenceLanguage } from './abbreviations.js';
import type { Cuts } from './cuts.js';

// After these a sentence ends if white space follows.
const STOPS = new Set('.!?…‼⁇⁈⁉');
// These end a sentence wherever they stand: CJK, Devanagari, Arabic, Urdu, Armenian, Ethiopic, Burmese, Khmer, Tibetan.
const FULL_STOPS = new Set('。｡．！？︒।॥؟۔։።፧፨။។៕།༎');
const CLOSERS = new Set('"\'”’»›)]}）］｝」』】〉》〕＂＇*_');
// Greek asks with the semicolon.
const GREEK_STOPS = new Set(';;');
// "am 3. Oktober": in these languages a number with a full stop is an ordinal.
const ORDINAL_LANGUAGES = new Set<SentenceLanguage>(['de', 'pl', 'tr']);
const LONGEST_ORDINAL = 2;
const LONGEST_ABBREVIATION = 12;

const LETTER = /[\p{L}\p{M}\p{N}.]/u;
const LOWER = /^\p{Ll}/u;
const INITIAL = /^\p{Lu}$/u;
const INITIALS = /^(?:\p{L}\.)+\p{L}$/u;
const NUMBER = /^\d+$/;

/** Thai and Lao end a sentence with a space, and write none between words. */
const isThaiOrLao = (unit: number): boolean => unit >= 0xe00 && unit <= 0xeff;

function wordBefore(text: string, start: number, end: number): string {
  let at = end;
  while (at > start && end - at <= LONGEST_ABBREVIATION && LETTER.test(text.charAt(at - 1))) at--;
  return text.slice(at, end);
}

function takesFullStop(word: string, language: SentenceLanguage | undefined): boolean {
  if (INITIAL.test(word) || INITIALS.test(word)) return true;
  if (NUMBER.test(word)) return language !== undefined && ORDINAL_LANGUAGES.has(language) && word.length <= LONGEST_ORDINAL;
  return abbreviationsOf(language).has(word.toLowerCase());
}

function hasEmptyLine(text: string, start: number, end: number): boolean {
  let ends = 0;
  for (let at = start; at < end && ends < 2; at++) if (endsLine(text, at)) ends++;
  return ends === 2;
}

/** The places where sentences begin. */
class Sentences {
  private readonly stops: ReadonlySet<string>;

  constructor(
    private readonly text: string,
    private readonly span: Span,
    private readonly language: SentenceLanguage | undefined,
  ) {
    this.stops = language === 'el' ? new Set([...STOPS, ...GREEK_STOPS]) : STOPS;
  }

  *begin(): Generator<number> {
    for (let at = this.span.start; at < this.span.end; ) {
      const next = isSpace(this.text.charCodeAt(at)) ? this.spaces(at) : this.sign(at);
      if (next.begins && next.at < this.span.end) yield next.at;
      at = next.at;
    }
  }

  private spaces(at: number): { at: number; begins: boolean } {
    const next = skipSpaces(this.text, at, this.span.end);
    const isThai = at > this.span.start && isThaiOrLao(this.text.charCodeAt(at - 1));
    return { at: next, begins: isThai || hasEmptyLine(this.text, at, next) };
  }

  private sign(at: number): { at: number; begins: boolean } {
    const sign = this.text.charAt(at);
    if (!this.stops.has(sign) && !FULL_STOPS.has(sign)) return { at: at + 1, begins: false };
    const { end, isFull } = this.endOfStops(at);
    const next = skipSpaces(this.text, end, this.span.end);
    const begins = isFull || (next > end && !this.goesOn(at, end, next));
    return { at: next, begins };
  }

  private endOfStops(start: number): { end: number; isFull: boolean } {
    let isFull = false;
    let at = start;
    for (; at < this.span.end; at++) {
      const sign = this.text.charAt(at);
      if (FULL_STOPS.has(sign)) isFull = true;
      else if (!this.stops.has(sign) && !CLOSERS.has(sign) && !this.isBeforeGuillemet(at)) break;
    }
    return { end: at, isFull };
  }

  /** French puts a space before the closing guillemet. In other languages one that follows a space opens, and a word follows it. */
  private isBeforeGuillemet(at: number): boolean {
    const [space, sign, behind] = [this.text.charCodeAt(at), this.text.charAt(at + 1), this.text.charCodeAt(at + 2)];
    return isSpace(space) && sign === '»' && at + 2 <= this.span.end && (at + 2 === this.span.end || isSpace(behind));
  }

  /** Whether what stands behind the stop is still the same sentence. */
  private goesOn(at: number, end: number, next: number): boolean {
    if (hasEmptyLine(this.text, end, next)) return false;
    if (LOWER.test(this.text.slice(next, next + 2))) return true;
    return end === at + 1 && this.text.charAt(at) === '.' && takesFullStop(wordBefore(this.text, this.span.start, at), this.language);
  }
}

/** Sentences, by the rules of a language where it is given. Not by Intl.Segmenter: docs/adr/0025 says why. */
export function sentenceCuts(language?: SentenceLanguage): Cuts {
  return (text, span) => new Sentences(text, span, language).begin();
}
