/** How a model counts the texts that it is to make vectors of. */
export interface TokenCounter {
  /** What it reads of a text, with its prefix and the special tokens. */
  maxTokens: number;
  /** The tokens of a whole text as the model is given it. */
  count(text: string): number;
  /** Those of a word alone, without special tokens. */
  countWord(word: string): number;
}

/** What a module of tokenizers exports. */
export interface TokenCounters {
  openTokenCounter(data: unknown): Promise<TokenCounter>;
}

/** How a thread gets a counter: models are another package, which this one does not know. */
export interface TokenCounterSource {
  /** The same for the same counter: it is opened once in a thread. */
  key: string;
  /** The address of a module that is a `TokenCounters`. */
  module: string;
  /** What it opens the counter with; copied to the thread. */
  data: unknown;
}
