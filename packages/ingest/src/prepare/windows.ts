import { embeddingWindows } from '../chunk/embedding-windows.js';
import type { OffsetTokeniser } from '../chunk/tokens/offset-tokeniser.js';
import { contextOf, type Place } from './context.js';
import type { TokenCounter } from './token-counter.js';

// What stands in front of a window takes at most this part of it.
const CONTEXT_SHARE = 0.25;
// A tokeniser that goes by words may count fewer tokens than the model does: then less is taken.
const LESS = 0.9;

/** What is embedded of chunks: texts that the model reads whole. */
export class Windows {
  private readonly room: number;
  private lastPlace = '';
  private lastHead = '';

  constructor(
    private readonly counter: TokenCounter,
    private readonly tokeniser: OffsetTokeniser,
  ) {
    this.room = Math.max(1, counter.maxTokens - counter.count(''));
  }

  /** The windows of a chunk, with where it stands in front of each. Only a single character with more tokens than the model reads makes a longer one. */
  of(text: string, place: Place): string[] {
    const head = this.headOf(place);
    if (this.fits(head + text)) return [head + text];
    return this.cut(text, head, Math.max(1, this.counter.maxTokens - this.counter.count(head)));
  }

  private cut(text: string, head: string, maxTokens: number): string[] {
    const parts = embeddingWindows({ text, start: 0, end: text.length }, { tokeniser: this.tokeniser, maxTokens, overlap: 0 });
    return parts.flatMap((part) => {
      if (maxTokens === 1 || this.fits(head + part.text)) return [head + part.text];
      return this.cut(part.text, head, Math.max(1, Math.floor(maxTokens * LESS)));
    });
  }

  private fits(text: string): boolean {
    return this.counter.count(text) <= this.counter.maxTokens;
  }

  /** Chunks that follow each other mostly stand in the same place. */
  private headOf(place: Place): string {
    const name = JSON.stringify([place.title, place.headingPath]);
    if (name !== this.lastPlace) {
      const count = (text: string) => this.counter.count(text) - this.counter.count('');
      const context = contextOf(place, { count, mostTokens: Math.floor(this.room * CONTEXT_SHARE) });
      this.lastPlace = name;
      this.lastHead = context === '' ? '' : `${context}\n\n`;
    }
    return this.lastHead;
  }
}
