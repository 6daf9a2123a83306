import { RE2JS, RE2JSSyntaxException } from 're2js';
import type { TextTest } from './ast.js';
import { SQL_LIMITS } from './limits.js';

/** A test of texts that is ready to be asked. */
export interface TextMatcher {
  readonly test: TextTest;
  /** What was asked for, as it was written. */
  readonly operand: string;
  matches(text: string): boolean;
}

/** Why an operand cannot be looked for. */
export class BadOperand extends Error {
  constructor(
    message: string,
    readonly isUnsupported = false,
  ) {
    super(message);
  }
}

/** Throws a `BadOperand`. */
export function textMatcher(test: TextTest, operand: string): TextMatcher {
  return { test, operand, matches: MATCHERS[test](operand) };
}

type Matches = (text: string) => boolean;

const MATCHERS: Record<TextTest, (operand: string) => Matches> = {
  LIKE: (operand) => like(operand),
  ILIKE: (operand) => lowered(like(small(operand))),
  CONTAINS: (operand) => containing(operand),
  ICONTAINS: (operand) => lowered(containing(small(operand))),
  REGEX: regex,
  MATCH: (operand) => {
    const wanted = wordsToFind(operand);
    return (text) => {
      const words = new Set(wordsOf(text));
      return wanted.every((word) => words.has(word));
    };
  },
  'MATCH ANY': (operand) => {
    const wanted = new Set(wordsToFind(operand));
    return (text) => wordsOf(text).some((word) => wanted.has(word));
  },
  'MATCH PHRASE': (operand) => {
    // Words hold no space: between spaces a phrase is found where its words are neighbours.
    const phrase = ` ${wordsToFind(operand).join(' ')} `;
    return (text) => ` ${wordsOf(text).join(' ')} `.includes(phrase);
  },
};

const lowered =
  (matches: Matches): Matches =>
  (text) =>
    matches(small(text));

/** The small sigma at the end of a word is one like any other: where a text is looked into, words have no end. */
export const small = (text: string): string => text.toLowerCase().replaceAll('ς', 'σ');

function containing(operand: string): Matches {
  if (operand === '') throw new BadOperand('is empty: every text contains it.');
  return (text) => text.includes(operand);
}

const ANY_RUN = Symbol('%');
const ONE = Symbol('_');

/** Goes back to the last `%` only, so the time is the length of the pattern times that of the text at most. */
function like(pattern: string): Matches {
  const parts = likeParts(pattern);
  return (text) => {
    const characters = Array.from(text);
    let [at, part] = [0, 0];
    let run: { part: number; at: number } | undefined;
    while (at < characters.length) {
      if (part < parts.length && parts[part] === ANY_RUN) run = { part: ++part, at };
      else if (part < parts.length && (parts[part] === ONE || parts[part] === characters[at])) [at, part] = [at + 1, part + 1];
      else if (run === undefined) return false;
      else [at, part] = [++run.at, run.part];
    }
    while (parts[part] === ANY_RUN) part++;
    return part === parts.length;
  };
}

function likeParts(pattern: string): (string | symbol)[] {
  const parts: (string | symbol)[] = [];
  const characters = Array.from(pattern);
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    if (character === '%') parts.push(ANY_RUN);
    else if (character === '_') parts.push(ONE);
    else if (character !== '\\') parts.push(character);
    else if (at + 1 < characters.length) parts.push(characters[++at] as string);
    else throw new BadOperand('ends with a backslash that escapes nothing: write \\\\ for a backslash.');
  }
  return parts;
}

/** Runs of letters, marks and digits, in one case. */
const WORDS = /[\p{L}\p{M}\p{Nd}]+/gu;
const wordsOf = (text: string): string[] => folded(text).match(WORDS) ?? [];
// Upper case first: what has several small forms has one large one.
const folded = (text: string): string => small(text.toUpperCase());

function wordsToFind(operand: string): string[] {
  const words = wordsOf(operand);
  if (words.length === 0) throw new BadOperand('has no words: letters and digits.');
  return words;
}

// Known to other engines, and not to one that is linear in time.
const LOOK_AROUND = /\(\?(?:[=!]|<[=!])/;
const BACK_REFERENCE = /(?:^|[^\\])(?:\\\\)*\\(?:[1-9]|k<)|\(\?P=/;

function regex(pattern: string): Matches {
  const { length } = Array.from(pattern);
  if (length === 0) throw new BadOperand('is empty: it is found everywhere.');
  if (length > SQL_LIMITS.pattern) throw new BadOperand(`has ${length} characters, and a pattern has at most ${SQL_LIMITS.pattern}.`);
  if (LOOK_AROUND.test(pattern)) throw new BadOperand('looks around, which takes more than linear time: say it with AND and NOT.', true);
  if (BACK_REFERENCE.test(pattern)) throw new BadOperand('refers back to a group, which takes more than linear time.', true);
  try {
    const compiled = RE2JS.compile(pattern);
    return (text) => compiled.matcher(text).find();
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    throw new BadOperand(`is no pattern of RE2, at character ${offsetOf(pattern, error.input)}: ${error.error}.`);
  }
}

/** Where the part that does not fit stands first, from 1. */
function offsetOf(pattern: string, part: string | null): number {
  return Array.from(pattern.slice(0, Math.max(0, pattern.indexOf(part ?? '')))).length + 1;
}
