import type { Row } from './row.js';

export interface Embedding {
  vector: Float32Array;
  /** How many tokens the whole text has. */
  tokens: number;
  /** How many of them the vector is made of: fewer than `tokens` when the text is longer than the model reads. */
  readTokens: number;
}

export interface PendingText {
  call: EmbedCall;
  /** The text's place in its call. */
  index: number;
  encoding: Row;
}

/** Texts that were asked for together: done when the last one is, failed when one of them is. */
export class EmbedCall {
  /** What waits for a run, in order; the queue takes from it. */
  pending: PendingText[];
  readonly done: Promise<Embedding[]>;
  settled = false;
  private readonly embeddings: Embedding[];
  private missing: number;
  private resolve!: (embeddings: Embedding[]) => void;
  private reject!: (error: unknown) => void;

  constructor(encodings: Row[]) {
    this.pending = encodings.map((encoding, index) => ({ call: this, index, encoding }));
    this.embeddings = new Array<Embedding>(encodings.length);
    this.missing = encodings.length;
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  take({ index, encoding }: PendingText, vector: Float32Array): void {
    this.embeddings[index] = { vector, tokens: encoding.tokens, readTokens: encoding.readTokens };
    this.missing--;
    if (this.missing > 0) return;
    this.settled = true;
    this.resolve(this.embeddings);
  }

  fail(error: unknown): void {
    this.settled = true;
    this.reject(error);
  }
}
