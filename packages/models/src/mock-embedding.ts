import { createHash } from 'node:crypto';
import { MOCK_MODEL } from './catalogue/entries.js';
import type { Embedding } from './runtime/embed-call.js';
import { estimateTokens } from './tokenizer/estimate-tokens.js';

const NUMBER_BYTES = 4;

/** What the mock model makes of a text: a direction that depends on nothing but the text and looks random, the same on every machine. Queries and documents get the same. */
export function mockEmbedding(text: string): Embedding {
  const tokens = estimateTokens(text);
  return { vector: vectorOf(text), tokens, readTokens: tokens };
}

// As many bytes as are wanted, and not a seed of 32 bits, which two of some ten thousand texts would share.
function vectorOf(text: string): Float32Array {
  const name = [MOCK_MODEL.id, MOCK_MODEL.version, text].join(':');
  const bytes = createHash('shake256', { outputLength: MOCK_MODEL.dimension * NUMBER_BYTES })
    .update(name, 'utf8')
    .digest();
  const numbers = Array.from({ length: MOCK_MODEL.dimension }, (_, at) => bytes.readInt32LE(at * NUMBER_BYTES));
  // Math.hypot may round otherwise on another machine.
  const length = Math.sqrt(numbers.reduce((sum, number) => sum + number * number, 0));
  return Float32Array.from(numbers, (number) => number / length);
}
