import { analyse, detectLanguages, type Language, queryLanguages } from '@cairn/models/sparse';

export interface Highlight {
  start: number;
  end: number;
  text: string;
}

const WORD = /[\p{L}\p{N}\p{M}]+(?:[-_./'’][\p{L}\p{N}\p{M}]+)*/gu;
// Written without spaces: words are pairs of letters there.
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
/** Longer texts are marked as far as here. */
const LONGEST = 50_000;

/** Marks words of questions in texts, in the forms in which a search by words finds them. */
export class Highlighter {
  private readonly termsOf = new Map<string, ReadonlySet<string>>();
  private readonly forms = new Map<string, ReadonlySet<string>>();

  constructor(private readonly questions: readonly string[]) {}

  of(text: string): Highlight[] {
    const head = text.slice(0, LONGEST);
    const languages = detectLanguages(head);
    const wanted = this.wanted(languages);
    const highlights: Highlight[] = [];
    for (const { index: start, 0: word } of head.matchAll(WORD)) {
      if (UNSPACED.test(word)) highlights.push(...partsOf(word, start, wanted));
      else if (this.has(word, languages, wanted)) highlights.push({ start, end: start + word.length, text: word });
    }
    return highlights;
  }

  private wanted(languages: readonly Language[]): ReadonlySet<string> {
    const name = languages.join();
    const known = this.termsOf.get(name);
    if (known !== undefined) return known;
    const terms = this.questions.flatMap((question) => weighty(question, queryLanguages(question, languages)));
    const made = new Set(terms);
    this.termsOf.set(name, made);
    return made;
  }

  private has(word: string, languages: readonly Language[], wanted: ReadonlySet<string>): boolean {
    const name = `${languages.join()} ${word}`;
    const forms = this.forms.get(name) ?? new Set(analyse(word, languages).terms.map(({ text }) => text));
    this.forms.set(name, forms);
    for (const form of forms) if (wanted.has(form)) return true;
    return false;
  }
}

/** Not what stands in every text; where there is nothing else, that. */
function weighty(question: string, languages: readonly Language[]): string[] {
  const { terms } = analyse(question, languages);
  const heavy = terms.filter(({ weight }) => weight > 0);
  return (heavy.length > 0 ? heavy : terms).map(({ text }) => text);
}

/** Neighbouring pairs make one mark. */
function partsOf(word: string, start: number, wanted: ReadonlySet<string>): Highlight[] {
  const marked = new Array<boolean>(word.length).fill(false);
  for (let at = 0; at < word.length; at++)
    for (const length of [1, 2]) if (wanted.has(word.slice(at, at + length))) marked.fill(true, at, Math.min(word.length, at + length));
  const parts: Highlight[] = [];
  for (let at = 0; at < word.length; at++) {
    if (!marked[at]) continue;
    const from = at;
    while (at < word.length && marked[at]) at++;
    parts.push({ start: start + from, end: start + at, text: word.slice(from, at) });
  }
  return parts;
}
