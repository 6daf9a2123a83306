import { type CharacterClass, makeClassifier } from './character-classes.js';

const ASCII_END = 128;
// Far more than the characters of any language; beyond it a hostile text would make the memory grow.
const REMEMBERED_CHARACTERS = 65_536;

// The table of classes is that of folded words. In others, accents stay, and signs that are only punctuation without their accent are letters.
const KEPT_UNLESS_FOLDED = { removed: /[\p{Mn}\u1734\u{1171e}]/u, alone: /[≠≮≯\u1fef]/ };

interface Character {
  kind: CharacterClass;
  /** Decomposed, without accents, in lower case, where the words are folded. */
  text: string;
}

/**
 * Splits text into BERT's words: control characters dropped, punctuation and Chinese characters on their own. Where words are folded
 * (the uncased models), accents are dropped too and letters are in lower case.
 * Nothing in the text has a special meaning: "[SEP]" is three words.
 */
export class BertWords {
  private readonly classify = makeClassifier();
  private readonly ascii: readonly Character[];
  private readonly others = new Map<number, Character>();

  constructor(private readonly folds: boolean) {
    this.ascii = Array.from({ length: ASCII_END }, (_, code) => this.describe(code));
  }

  /** Calls `take` with each word in order; the time is linear in the text's length. */
  split(text: string, take: (word: string) => void): void {
    let word = '';
    let runStart = 0;
    const endRun = (at: number) => {
      if (at === runStart) return;
      const run = text.slice(runStart, at);
      word += this.folds ? run.toLowerCase() : run;
    };
    const endWord = () => {
      if (word !== '') take(word);
      word = '';
    };
    for (let i = 0; i < text.length; ) {
      const code = text.charCodeAt(i);
      if (code < ASCII_END && this.ascii[code]?.kind === 'letter') {
        i++;
        continue;
      }
      endRun(i);
      const codePoint = text.codePointAt(i) as number;
      i += codePoint > 0xffff ? 2 : 1;
      runStart = i;
      const { kind, text: character } = this.characterOf(codePoint);
      if (kind === 'letter') word += character;
      else if (kind !== 'removed') endWord();
      if (kind === 'alone') take(character);
    }
    endRun(text.length);
    endWord();
  }

  private characterOf(codePoint: number): Character {
    const known = codePoint < ASCII_END ? this.ascii[codePoint] : this.others.get(codePoint);
    if (known !== undefined) return known;
    const character = this.describe(codePoint);
    if (this.others.size < REMEMBERED_CHARACTERS) this.others.set(codePoint, character);
    return character;
  }

  private describe(codePoint: number): Character {
    const isLoneSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
    if (isLoneSurrogate) return { kind: 'removed', text: '' };
    return this.folds ? this.fold(codePoint) : this.keep(codePoint);
  }

  private keep(codePoint: number): Character {
    const text = String.fromCodePoint(codePoint);
    const kind = this.classify(codePoint);
    const isKept = (kind === 'removed' || kind === 'alone') && KEPT_UNLESS_FOLDED[kind].test(text);
    return { kind: isKept ? 'letter' : kind, text };
  }

  private fold(codePoint: number): Character {
    const parts = [...String.fromCodePoint(codePoint).normalize('NFD')].filter((part) => this.classify(part.codePointAt(0) as number) !== 'removed');
    // Each on its own: as a whole, JavaScript would give a final sigma another form.
    return { kind: this.classify(codePoint), text: parts.map((part) => part.toLowerCase()).join('') };
  }
}
