import { cleanText } from './clean-text.js';
import { detectLanguages } from './detect-languages.js';
import { fold, lowerCase } from './fold.js';
import { isStopWord, type Language, stem } from './language.js';
import { type Chunk, type Run, scan } from './scan.js';
import { isProse, isWord } from './split-code.js';
import { wordsOfRun } from './unspaced-words.js';

const MOST_KEYWORDS = 20;
const LONGEST_PHRASE = 3;
// A phrase that is there once is a coincidence.
const FEWEST_PHRASES = 2;
// A phrase says more than each of its words.
const PER_FURTHER_WORD = 0.5;
// Places of a text that a word is in, or is not: what comes all through it weighs more than what comes as often in one paragraph.
const PLACE_CHARACTERS = 2_000;
const LONGEST_WORD = 64;
const SHORTEST_WORD = 3;
// Without stop words for its language, a text is best told by its longer words.
const SHORTEST_UNKNOWN = 5;
// More different ones than a book has. What comes later is counted where it is known.
const MOST_COUNTED = 50_000;
const MOST_FORMS = 4;
// What cannot be part of a word or a code, and what ends a sentence.
const BORDERS = /[^\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}\p{Cf}./\\:?&=#@~%+'’‘]+|(?<![.:?])[.:?]+(?=\s|$)/u;

interface Word {
  stem: string;
  /** As it is shown: in lower case. */
  shown: string;
  /** Nothing is written between it and its neighbours, which are unspaced too. */
  isUnspaced: boolean;
}

interface Counted {
  words: number;
  count: number;
  places: number;
  lastPlace: number;
  first: number;
  forms: Map<string, number>;
}

/**
 * What a text is about, by its own words alone: how often words and phrases of two or three come in it, and in how many places. Stop words are left out
 * where the language has a list of them. The languages are those that the beginning of the text looks like.
 */
export class KeywordCounter {
  private readonly counted = new Map<string, Counted>();
  private languages: readonly Language[] | undefined;
  private read = 0;

  add(piece: string): void {
    const clean = cleanText(piece);
    this.languages ??= detectLanguages(clean);
    for (const part of clean.split(BORDERS)) this.addPart(part);
  }

  /** The weightiest first; none of them is a part of a longer one that is there as often, unless it is a single word. */
  keywords(): string[] {
    const candidates = Array.from(this.counted.values()).filter(({ words, count }) => words === 1 || count >= FEWEST_PHRASES);
    const best = candidates.sort((a, b) => weightOf(b) - weightOf(a) || a.first - b.first);
    const chosen: { shown: string; count: number }[] = [];
    for (const candidate of best) {
      const shown = mostFrequent(candidate.forms);
      const isCovered = candidate.words > 1 && chosen.some((other) => other.count === candidate.count && other.shown.includes(shown));
      if (!isCovered && !chosen.some((other) => other.shown === shown)) chosen.push({ shown, count: candidate.count });
      if (chosen.length === MOST_KEYWORDS) break;
    }
    return chosen.map(({ shown }) => shown);
  }

  private addPart(part: string): void {
    let before: Word[] = [];
    for (const token of scan(part)) {
      for (const word of this.wordsOf(token)) {
        before = word === undefined ? [] : [...before, word].slice(-LONGEST_PHRASE);
        for (let first = before.length - 1; first >= 0; first--) this.count(before.slice(first));
      }
    }
    this.read += part.length;
  }

  /** Those of a token that can be keywords; undefined for what stands between phrases. */
  private wordsOf(token: Run | Chunk): (Word | undefined)[] {
    if (token.kind === 'run') return [undefined, ...wordsOfRun(token.letters).map(unspacedWord), undefined];
    if (isWord(token)) return [this.wordOf(token.text)];
    if (!isProse(token) || this.isStop(token.text)) return [undefined];
    return token.joints.every((joint) => joint === '-') ? [this.wordOf(token.text)] : token.segments.flatMap((segment) => [undefined, this.wordOf(segment)]);
  }

  private wordOf(text: string): Word | undefined {
    const [language] = this.languages ?? [];
    const shown = lowerCase(text, language);
    const shortest = language === undefined ? SHORTEST_UNKNOWN : SHORTEST_WORD;
    if (text.length > LONGEST_WORD || text.length < shortest || this.isStop(text)) return undefined;
    return { stem: fold(language === undefined ? shown : stem(shown, language)), shown, isUnspaced: false };
  }

  private isStop(word: string): boolean {
    return (this.languages ?? []).some((language) => isStopWord(lowerCase(word, language), language));
  }

  private count(words: readonly Word[]): void {
    const key = words.map(({ stem }) => stem).join(' ');
    const counted = this.counted.get(key) ?? this.begin(key, words.length);
    if (counted === undefined) return;
    counted.count++;
    const place = Math.floor(this.read / PLACE_CHARACTERS);
    if (place !== counted.lastPlace) counted.places++;
    counted.lastPlace = place;
    const shown = shownOf(words);
    if (counted.forms.size < MOST_FORMS || counted.forms.has(shown)) counted.forms.set(shown, (counted.forms.get(shown) ?? 0) + 1);
  }

  private begin(key: string, words: number): Counted | undefined {
    if (this.counted.size >= MOST_COUNTED) return undefined;
    const counted = { words, count: 0, places: 0, lastPlace: -1, first: this.counted.size, forms: new Map<string, number>() };
    this.counted.set(key, counted);
    return counted;
  }
}

const unspacedWord = (word: string | undefined): Word | undefined => (word === undefined ? undefined : { stem: word, shown: word, isUnspaced: true });

const weightOf = ({ words, count, places }: Counted): number => Math.log2(1 + count) * (1 + Math.log2(places)) * (1 + PER_FURTHER_WORD * (words - 1));

function shownOf(words: readonly Word[]): string {
  return words.map(({ shown, isUnspaced }, at) => (at === 0 || isUnspaced ? shown : ` ${shown}`)).join('');
}

function mostFrequent(forms: ReadonlyMap<string, number>): string {
  const [[shown] = ['']] = Array.from(forms).sort((a, b) => b[1] - a[1] || a[0].length - b[0].length);
  return shown;
}

/** Where a thread finds `openKeywordCounter`. */
export const KEYWORDS_MODULE: string = import.meta.url;

export const openKeywordCounter = (): KeywordCounter => new KeywordCounter();
