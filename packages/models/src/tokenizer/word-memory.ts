// Words of ordinary text repeat; the limits keep a hostile text from filling the memory.
const REMEMBERED_WORDS = 50_000;
const LONGEST_REMEMBERED_WORD = 32;

// V8 keeps a longer part of a text as a view of the whole text: a word that is remembered would keep its document in memory.
const LONGEST_OWN_WORD = 12;

const copyOf = (word: string): string => (word.length <= LONGEST_OWN_WORD ? word : Buffer.from(word, 'utf16le').toString('utf16le'));

/** Remembers the ids of short words. */
export class WordMemory {
  private words = new Map<string, readonly number[]>();

  idsOf(word: string, compute: (word: string) => readonly number[]): readonly number[] {
    const known = this.words.get(word);
    if (known !== undefined) return known;
    const ids = compute(word);
    if (word.length > LONGEST_REMEMBERED_WORD) return ids;
    if (this.words.size >= REMEMBERED_WORDS) this.words = new Map();
    this.words.set(copyOf(word), ids);
    return ids;
  }
}
