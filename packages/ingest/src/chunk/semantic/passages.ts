import type { SentenceLanguage } from '../cuts/abbreviations.js';
import { lineCuts } from '../cuts/line-cuts.js';
import { sentenceCuts } from '../cuts/sentence-cuts.js';
import { pack } from '../pack.js';
import { type Span, trimSpan } from '../span.js';
import type { TokenMap } from '../tokens/token-map.js';

// Each is embedded: what a text may cost has an end. Longer texts are compared in larger parts.
const MOST_PASSAGES = 20_000;
// More of one sentence says nothing more about its topic.
const LONGEST_PASSAGE = 128;

function* sentencesOf(text: string, language: SentenceLanguage | undefined): Generator<Span> {
  const cuts = sentenceCuts(language)(text, { start: 0, end: text.length });
  let start = 0;
  for (let next = cuts.next(); !next.done; next = cuts.next()) {
    yield { start, end: next.value };
    start = next.value;
  }
  yield { start, end: text.length };
}

/** What is compared: sentences, several short ones together in a very long text, and long ones in parts. */
export function passagesOf(tokens: TokenMap, chunkSize: number, language: SentenceLanguage | undefined): Span[] {
  const { text } = tokens;
  const least = Math.floor(tokens.count(0, text.length) / MOST_PASSAGES);
  const size = Math.min(chunkSize, Math.max(LONGEST_PASSAGE, least));
  const passages: Span[] = [];
  let start = 0;
  for (const sentence of sentencesOf(text, language)) {
    const span = trimSpan(text, { start, end: sentence.end });
    if (span.start === span.end || (tokens.count(span.start, span.end) < least && sentence.end < text.length)) continue;
    passages.push(...pack(tokens, span, { levels: [{ cuts: lineCuts }], size, overlap: 0 }));
    start = sentence.end;
  }
  return passages;
}
