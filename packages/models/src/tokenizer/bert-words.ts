import { type CharacterClass, makeClassifier } from './character-classes.js';

const ASCII_END = 128;
// Far more than the characters of any language; beyond it a hostile text would make the memory grow.
const REMEMBERED_CHARACTERS = 65_536;

interface Character {
  kind: CharacterClass;
  /** Decomposed, without accents, in lower case. */
  text: string;
}

/**
 * Splits text into BERT's words: control characters and accents dropped, lower case, punctuation and Chinese characters on their own.
 * Nothing in the text has a special meaning: "[SEP]" is three words.
 */
export class BertWords {
  private readonly classify = makeClassifier();
  private readonly ascii = Array.from({ length: ASCII_END }, (_, code) => this.describe(code));
  private readonly others = new Map<number, Character>();

  /** Calls `take` with each word in order; the time is linear in the text's length. */
  split(text: string, take: (word: string) => void): void {
    let word = '';
    let runStart = 0;
    const endRun = (at: number) => {
      if (at > runStart) word += text.slice(runStart, at).toLowerCase();
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
    const parts = [...String.fromCodePoint(codePoint).normalize('NFD')].filter((part) => this.classify(part.codePointAt(0) as number) !== 'removed');
    // Each on its own: as a whole, JavaScript would give a final sigma another form.
    return { kind: this.classify(codePoint), text: parts.map((part) => part.toLowerCase()).join('') };
  }
}
