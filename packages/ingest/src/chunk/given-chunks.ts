import type { GivenChunk, ParsedText } from '../parsed-text.js';
import type { Chunk } from './chunk.js';
import type { OffsetTokeniser } from './tokens/offset-tokeniser.js';
import { TokenMap } from './tokens/token-map.js';

/** The chunks that a text came in, as they are: whoever cut it knew how. */
export function* givenChunks({ text }: ParsedText, given: readonly GivenChunk[], tokeniser: OffsetTokeniser): Generator<Chunk> {
  const tokens = new TokenMap(text, tokeniser);
  for (const [index, { start, end, ...labels }] of given.entries())
    yield { index, text: text.slice(start, end), start, end, tokens: tokens.count(start, end), ...labels };
}
