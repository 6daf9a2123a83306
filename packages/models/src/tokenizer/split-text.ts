import { SplitPreTokenizer } from './library.js';
import { unsupported } from './tokenizer-json.js';

/** How a text is cut at the matches of a pattern: what becomes of a match. */
export type SplitBehaviour = 'Removed' | 'Isolated' | 'Contiguous' | 'MergedWithPrevious' | 'MergedWithNext';

export type PatternPart = { Regex: string } | { String: string };

export interface SplitRule {
  pattern: RegExp;
  behaviour: SplitBehaviour;
  /** The matches are the words, and what lies between them is cut at. */
  invert?: boolean;
}

interface Span {
  text: string;
  isMatch: boolean;
}

/** A pattern of tokenizer.json, written for Oniguruma, as one of ours. */
export function readPattern(pattern: PatternPart): RegExp {
  try {
    const { pattern: compiled } = new SplitPreTokenizer({ type: 'Split', pattern, behavior: 'Isolated', invert: true });
    if (compiled !== null) return compiled;
  } catch (cause) {
    throw new Error(`tokenizer.json: the pattern ${JSON.stringify(pattern)} cannot be read`, { cause });
  }
  throw unsupported(`the pattern ${JSON.stringify(pattern)}`);
}

function spansOf(text: string, { pattern, invert = false }: SplitRule): Span[] {
  const spans: Span[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match[0] === '') continue;
    if (match.index > end) spans.push({ text: text.slice(end, match.index), isMatch: invert });
    spans.push({ text: match[0], isMatch: !invert });
    end = match.index + match[0].length;
  }
  if (end < text.length) spans.push({ text: text.slice(end), isMatch: invert });
  return spans;
}

/** Joins neighbours, from left to right, where `belongs` says that a span goes with the one before it. */
function join(spans: readonly Span[], belongs: (span: Span, before: Span) => boolean): string[] {
  const joined: string[] = [];
  spans.forEach((span, i) => {
    const before = spans[i - 1];
    if (before !== undefined && belongs(span, before)) joined[joined.length - 1] += span.text;
    else joined.push(span.text);
  });
  return joined;
}

/** The words of a text, as Hugging Face's library cuts them. */
export function splitText(text: string, rule: SplitRule): string[] {
  const spans = spansOf(text, rule);
  switch (rule.behaviour) {
    case 'Removed':
      return spans.filter(({ isMatch }) => !isMatch).map((span) => span.text);
    case 'Isolated':
      return spans.map((span) => span.text);
    case 'Contiguous':
      return join(spans, (span, before) => span.isMatch === before.isMatch);
    case 'MergedWithPrevious':
      return join(spans, (span, before) => span.isMatch && !before.isMatch);
    case 'MergedWithNext':
      return join(spans, (span, before) => before.isMatch && !span.isMatch);
  }
}
