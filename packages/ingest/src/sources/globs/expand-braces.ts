/** Where the character at `at` ends: an escaped one is two long, a class in brackets as long as it is. */
export function skip(pattern: string, at: number): number {
  if (pattern[at] === '\\') return at + 2;
  return pattern[at] === '[' ? endOfClass(pattern, at) : at + 1;
}

/** Behind the bracket that closes the class; a bracket that comes first in it belongs to it. -1 where none closes it. */
export function endOfClass(pattern: string, start: number): number {
  let at = start + 1;
  if (pattern[at] === '!' || pattern[at] === '^') at++;
  if (pattern[at] === ']') at++;
  while (at < pattern.length && pattern[at] !== ']') at += pattern[at] === '\\' ? 2 : 1;
  return at < pattern.length ? at + 1 : -1;
}

interface Braces {
  start: number;
  end: number;
  choices: string[];
}

/** The first braces of a pattern with what they offer. An open one that nothing closes has `end` -1. */
function firstBraces(pattern: string): Braces | undefined {
  let start = 0;
  while (start < pattern.length && pattern[start] !== '{') start = skip(pattern, start);
  if (start >= pattern.length) return undefined;
  const choices: string[] = [];
  let depth = 0;
  let from = start + 1;
  for (let at = start; at < pattern.length; at = skip(pattern, at)) {
    const character = pattern[at];
    if (character === '{') depth++;
    if (character === '}') depth--;
    if ((character === ',' && depth === 1) || depth === 0) {
      choices.push(pattern.slice(from, at));
      from = at + 1;
    }
    if (depth === 0) return { start, end: at + 1, choices };
  }
  return { start, end: -1, choices };
}

/**
 * A pattern with every choice of its braces written out: `*.{md,txt}` is `*.md` and `*.txt`. Every class in it must be closed.
 * Yields undefined where braces are not closed. It may yield without end for all that a caller cares: whoever reads counts.
 */
export function* expandBraces(pattern: string): Generator<string | undefined> {
  const braces = firstBraces(pattern);
  if (braces === undefined) return yield pattern;
  if (braces.end === -1) return yield undefined;
  const before = pattern.slice(0, braces.start);
  const after = pattern.slice(braces.end);
  for (const choice of braces.choices) yield* expandBraces(before + choice + after);
}
