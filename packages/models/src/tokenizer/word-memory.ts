// Words of ordinary text repeat; the limits keep a hostile text from filling the memory.
const REMEMBERED_WORDS = 50_000;
const LONGEST_REMEMBERED_WORD = 32;

/** Remembers the ids of short words. */
export class WordMemory {
  private words = new Map<string, readonly number[]>();

  idsOf(word: string, compute: (word: string) => readonly number[]): readonly number[] {
    const known = this.words.get(word);
    if (known !== undefined) return known;
    const ids = compute(word);
    if (word.length > LONGEST_REMEMBERED_WORD) return ids;
    if (this.words.size >= REMEMBERED_WORDS) this.words = new Map();
    this.words.set(word, ids);
    return ids;
  }
}
