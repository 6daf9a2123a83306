import { Pieces } from './pieces.js';
import type { ModelPart } from './tokenizer-json.js';

const CONTINUATION = '##';
const LONGEST_WORD = 100;

/** Cuts a word into the longest pieces that the vocabulary has, from left to right; a word that cannot be cut is one unknown token. */
export class WordPiece {
  private readonly starts = new Pieces();
  private readonly continuations = new Pieces();
  private readonly unknown: readonly number[];
  private readonly longestWord: number;

  constructor(model: ModelPart) {
    const continuation = (model.continuing_subword_prefix ?? CONTINUATION) as string;
    for (const [piece, id] of Object.entries(model.vocab as Record<string, number>)) {
      if (piece.startsWith(continuation) && piece.length > continuation.length) this.continuations.add(piece.slice(continuation.length), id);
      this.starts.add(piece, id);
    }
    const unknown = this.starts.idOf(model.unk_token as string);
    if (unknown === undefined) throw new Error('tokenizer.json: the vocabulary has no unknown token');
    this.unknown = [unknown];
    this.longestWord = (model.max_input_chars_per_word ?? LONGEST_WORD) as number;
  }

  idsOf(word: string): readonly number[] {
    return this.cut(word) ?? this.unknown;
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
