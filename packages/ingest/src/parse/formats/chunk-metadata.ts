import { tooMuchMetadata } from '../parse-refused.js';
import { cleanText } from '../text/clean-text.js';

const MOST_CHARACTERS = 16_000;
const MOST_DEPTH = 16;

/** What is said of a chunk, without what no database takes. */
export function chunkMetadata(metadata: Record<string, unknown>, at: number): Record<string, unknown> {
  const clean = cleaned(metadata, () => tooMuchMetadata(at, MOST_CHARACTERS), 0) as Record<string, unknown>;
  if (JSON.stringify(clean).length > MOST_CHARACTERS) throw tooMuchMetadata(at, MOST_CHARACTERS);
  return clean;
}

function cleaned(value: unknown, refusal: () => Error, depth: number): unknown {
  if (depth > MOST_DEPTH) throw refusal();
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map((item) => cleaned(item, refusal, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [cleanText(key), cleaned(item, refusal, depth + 1)]));
}
