import type { ChunkerDefinition } from '../chunker-definition.js';
import { Labeller } from '../labeller.js';
import { CHUNK_SIZE_DOCS, ChunkSizeOptions } from '../options/chunk-size.options.js';
import { type Span, trimSpan } from '../span.js';
import { TokenMap } from '../tokens/token-map.js';

interface Window {
  size: number;
  overlap: number;
}

/** Steps back to a token that begins with a character; forward where there is none, when one character has more tokens than a window. */
function wholeCharacter(tokens: TokenMap, index: number, before: number): number {
  let at = index;
  while (at > before && tokens.startOf(at) === tokens.startOf(at - 1)) at--;
  if (at > before) return at;
  at = index;
  while (tokens.startOf(at) < tokens.text.length && tokens.startOf(at) === tokens.startOf(at - 1)) at++;
  return at;
}

/** Windows of exactly `size` tokens, each beginning with the last `overlap` tokens of the one before it; the last may be shorter. */
export function* tokenWindows(tokens: TokenMap, { size, overlap }: Window): Generator<Span> {
  const { text } = tokens;
  const last = trimSpan(text, { start: 0, end: text.length }).end;
  for (let first = 0, end = 0, covered = 0; end < last; ) {
    const start = first === 0 ? 0 : tokens.startOf(first);
    const next = wholeCharacter(tokens, first + size, first);
    end = tokens.startOf(next);
    const span = trimSpan(text, { start, end });
    // A window that was cut short before a character of many tokens may say nothing new.
    if (span.end > span.start && span.end > covered) {
      covered = span.end;
      yield span;
    }
    // Where a window was cut short, going back from its end could lead to where it began.
    first = overlap === 0 ? next : wholeCharacter(tokens, Math.max(next - overlap, first + 1), first);
  }
}

export const tokenWindowChunker: ChunkerDefinition = {
  summary: 'Windows of chunk_size tokens that overlap by exactly chunk_overlap tokens, wherever that cuts.',
  options: { type: ChunkSizeOptions, docs: CHUNK_SIZE_DOCS },
  make: (options, { tokeniser }) => ({
    *chunks(parsed) {
      const tokens = new TokenMap(parsed.text, tokeniser);
      yield* new Labeller(parsed, tokens).label(tokenWindows(tokens, { size: options.chunk_size, overlap: options.chunk_overlap }));
    },
  }),
};
