import { pack } from './pack.js';
import type { Span } from './span.js';
import { proseLevels } from './strategies/sentence.chunker.js';
import type { OffsetTokeniser } from './tokens/offset-tokeniser.js';
import { TokenMap } from './tokens/token-map.js';

export interface WindowOptions {
  tokeniser: OffsetTokeniser;
  /** What the model reads of a text, without its special tokens. */
  maxTokens: number;
  overlap: number;
}

/** A chunk, or a part of one that a model can read whole; its place is that in the text of the document. */
export interface EmbeddingWindow extends Span {
  text: string;
}

function windowsOf({ text, start }: EmbeddingWindow, { tokeniser, maxTokens, overlap }: WindowOptions): EmbeddingWindow[] {
  const options = { levels: proseLevels(), size: maxTokens, overlap: Math.min(overlap, Math.floor(maxTokens / 2)) };
  const spans = pack(new TokenMap(text, tokeniser), { start: 0, end: text.length }, options);
  return Array.from(spans, (span) => ({ start: start + span.start, end: start + span.end, text: text.slice(span.start, span.end) }));
}

/**
 * The parts that a chunk is embedded in, so that no text of it goes unread: one window where the model reads it whole.
 * Only a single character with more than maxTokens tokens makes a larger one.
 */
export function embeddingWindows(part: EmbeddingWindow, options: WindowOptions): EmbeddingWindow[] {
  const isTooLong = ({ text }: EmbeddingWindow) => options.tokeniser.offsets(text).length > options.maxTokens;
  // A word that was cut may have more tokens than it had as a part of the whole.
  return windowsOf(part, options).flatMap((window) =>
    window.text.length < part.text.length && isTooLong(window) ? embeddingWindows(window, options) : [window],
  );
}
