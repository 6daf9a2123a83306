export interface Encoding {
  /** What the model reads: the special tokens around the text, and as many of its own as there is room for. */
  ids: Int32Array;
  /** How many tokens the whole text has, with the special ones. */
  tokens: number;
  /** How many of them the model reads: `tokens`, or maxTokens when the text is longer. */
  readTokens: number;
}

export interface PairEncoding extends Encoding {
  /** Which of the two texts each token belongs to, in the model's own numbers. */
  types: Int32Array;
}

export interface Tokenizer {
  encode(text: string): Encoding;
  /** Both texts in one row; the first keeps at most half of what the model reads, the second is cut to fit. */
  encodePair(first: string, second: string): PairEncoding;
}

/** Text to token ids without the special ones around it. */
export interface TokenSource {
  /** Calls `take` with the ids of one word after the other: of the whole text, in linear time. */
  tokenise(text: string, take: (ids: readonly number[]) => void): void;
}
