const CONTINUATION = '##';
// Words of ordinary text repeat; the limits keep a hostile text from filling the memory.
const REMEMBERED_WORDS = 50_000;
const LONGEST_REMEMBERED_WORD = 32;

export interface WordPieceModel {
  vocab: Record<string, number>;
  unk_token: string;
  max_input_chars_per_word: number;
}

/** Pieces of one place in a word: at its start, or inside it. */
class Pieces {
  private readonly ids = new Map<string, number>();
  // The longest piece that begins with these two code units: a word of random letters is not worth 18 tries at each place.
  private readonly longest = new Map<number, number>();

  add(piece: string, id: number): void {
    const beginning = beginningOf(piece, 0);
    this.ids.set(piece, id);
    this.longest.set(beginning, Math.max(piece.length, this.longest.get(beginning) ?? 0));
  }

  idOf(piece: string): number | undefined {
    return this.ids.get(piece);
  }

  /** Where the longest piece that begins at `start` ends; `start` when there is none. */
  longestMatch(word: string, start: number): number {
    const most = this.longest.get(beginningOf(word, start)) ?? 1;
    for (let end = Math.min(word.length, start + most); end > start; end--) {
      if (this.ids.has(word.slice(start, end))) return end;
    }
    return start;
  }
}

function beginningOf(text: string, start: number): number {
  return text.charCodeAt(start) * 65_536 + (start + 1 < text.length ? text.charCodeAt(start + 1) : 0);
}

/** Cuts a word into the longest pieces that the vocabulary has, from left to right; a word that cannot be cut is one unknown token. */
export class WordPiece {
  private readonly starts = new Pieces();
  private readonly continuations = new Pieces();
  private readonly unknown: readonly number[];
  private readonly longestWord: number;
  private remembered = new Map<string, readonly number[]>();

  constructor(model: WordPieceModel) {
    for (const [piece, id] of Object.entries(model.vocab)) {
      if (piece.startsWith(CONTINUATION) && piece.length > CONTINUATION.length) this.continuations.add(piece.slice(CONTINUATION.length), id);
      this.starts.add(piece, id);
    }
    this.unknown = [this.idOf(model.unk_token)];
    this.longestWord = model.max_input_chars_per_word;
  }

  /** The id of a token that the model cannot do without. */
  idOf(token: string): number {
    const id = this.starts.idOf(token);
    if (id === undefined) throw new Error(`The vocabulary has no token ${token}`);
    return id;
  }

  idsOf(word: string): readonly number[] {
    const known = this.remembered.get(word);
    if (known !== undefined) return known;
    const ids = this.cut(word) ?? this.unknown;
    if (word.length > LONGEST_REMEMBERED_WORD) return ids;
    if (this.remembered.size >= REMEMBERED_WORDS) this.remembered = new Map();
    this.remembered.set(word, ids);
    return ids;
  }

  private cut(word: string): number[] | undefined {
    if (this.isTooLong(word)) return undefined;
    const ids: number[] = [];
    for (let start = 0; start < word.length; ) {
      const pieces = start === 0 ? this.starts : this.continuations;
      const end = pieces.longestMatch(word, start);
      if (end === start) return undefined;
      ids.push(pieces.idOf(word.slice(start, end)) as number);
      start = end;
    }
    return ids;
  }

  private isTooLong(word: string): boolean {
    if (word.length <= this.longestWord) return false;
    // Two code units may be one character; past twice the limit there is nothing to count.
    return word.length > 2 * this.longestWord || [...word].length > this.longestWord;
  }
}
