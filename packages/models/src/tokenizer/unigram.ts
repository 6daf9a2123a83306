import { byteTokens } from './byte-tokens.js';
import type { ModelPart } from './tokenizer-json.js';
import { Trie } from './trie.js';

// As far below the least likely piece as SentencePiece has it.
const UNKNOWN_PENALTY = 10;

/** For each place in a word, how the likeliest way to it ends. */
interface Paths {
  scores: Float64Array;
  starts: Int32Array;
  ids: Int32Array;
}

/** Cuts a word into the row of pieces that is likeliest as a whole; what no piece covers is one unknown token. */
export class Unigram {
  private readonly pieces = new Trie();
  private readonly scores: Float64Array;
  private readonly unknown: number;
  private readonly unknownScore: number;
  private readonly bytes: readonly number[] | undefined;

  constructor(model: ModelPart) {
    const vocab = model.vocab as [string, number][];
    if (typeof model.unk_id !== 'number') throw new Error('tokenizer.json: the vocabulary has no unknown token');
    this.unknown = model.unk_id;
    this.scores = Float64Array.from(vocab, ([, score]) => score);
    this.unknownScore = this.scores.reduce((least, score) => Math.min(least, score), Number.POSITIVE_INFINITY) - UNKNOWN_PENALTY;
    vocab.forEach(([piece], id) => {
      if (id !== this.unknown && piece !== '') this.pieces.add(piece, id);
    });
    this.bytes = model.byte_fallback === true ? byteTokens((token) => this.pieces.idOf(token)) : undefined;
  }

  idsOf(word: string): readonly number[] {
    const { starts, ids } = this.findPaths(word);
    const found: number[] = [];
    // Neighbours that are unknown are one unknown token.
    let unknownEnd = -1;
    const endUnknown = (at: number) => {
      if (unknownEnd !== -1) found.push(...this.idsOfUnknown(word.slice(at, unknownEnd)));
      unknownEnd = -1;
    };
    for (let end = word.length; end > 0; end = starts[end] as number) {
      if (ids[end] !== this.unknown) {
        endUnknown(end);
        found.push(ids[end] as number);
      } else if (unknownEnd === -1) unknownEnd = end;
    }
    endUnknown(0);
    return found.reverse();
  }

  private findPaths(word: string): Paths {
    const size = word.length + 1;
    const paths = { scores: new Float64Array(size).fill(Number.NEGATIVE_INFINITY), starts: new Int32Array(size), ids: new Int32Array(size) };
    paths.scores[0] = 0;
    for (let start = 0; start < word.length; ) {
      const next = start + ((word.codePointAt(start) as number) > 0xffff ? 2 : 1);
      this.extend(paths, word, start, next);
      start = next;
    }
    return paths;
  }

  /** The ways on from `start`: by each piece that stands there, or by one unknown character. */
  private extend(paths: Paths, word: string, start: number, next: number): void {
    const before = paths.scores[start] as number;
    const reach = (end: number, id: number, score: number) => {
      if (!(before + score > (paths.scores[end] as number))) return;
      paths.scores[end] = before + score;
      paths.starts[end] = start;
      paths.ids[end] = id;
    };
    let coversOne = false;
    this.pieces.match(word, start, (end, id) => {
      coversOne ||= end === next;
      reach(end, id, this.scores[id] as number);
    });
    if (!coversOne) reach(next, this.unknown, this.unknownScore);
  }

  /** From the last to the first. */
  private idsOfUnknown(text: string): number[] {
    const { bytes } = this;
    return bytes === undefined ? [this.unknown] : Array.from(Buffer.from(text), (byte) => bytes[byte] as number).reverse();
  }
}
