import { endOfClass, expandBraces } from './expand-braces.js';
import { Glob } from './glob.js';
import { quoted, refuseGlob } from './glob-refused.js';

export const GLOB_LIMITS = {
  /** Patterns of a list. */
  patterns: 50,
  /** Characters of a pattern. */
  length: 256,
  /** Characters of all patterns of a list, with every choice of their braces written out. */
  written: 4_096,
} as const;

/** Patterns that say which paths are meant. A folder that is meant is so with all that is in it. */
export class GlobSet {
  constructor(private readonly globs: readonly Glob[]) {}

  get isEmpty(): boolean {
    return this.globs.length === 0;
  }

  /** The path is relative to the source, with forward slashes. */
  matches(path: string, isFolder = false): boolean {
    return this.globs.some((glob) => glob.matches(path, isFolder));
  }
}

/** Understands patterns as callers write them; a CairnError names the field and the pattern that cannot be used. */
export function readGlobs(patterns: readonly string[], field: string): GlobSet {
  if (patterns.length > GLOB_LIMITS.patterns) refuseGlob(field, `there may be at most ${GLOB_LIMITS.patterns} patterns.`);
  let left = GLOB_LIMITS.written;
  const globs: Glob[] = [];
  for (const pattern of patterns) {
    for (const glob of formsOf(pattern, field)) {
      // The one more is for empty forms, of which there could be any number.
      left -= glob.length + 1;
      if (left < 0) refuseGlob(field, `the braces of ${quoted(pattern)} stand for too much: at most ${GLOB_LIMITS.written} characters in all.`);
      if (glob !== '') globs.push(makeGlob(glob));
    }
  }
  return new GlobSet(globs);
}

function* formsOf(pattern: string, field: string): Generator<string> {
  if (pattern.length > GLOB_LIMITS.length) refuseGlob(field, `a pattern has at most ${GLOB_LIMITS.length} characters; ${quoted(pattern)} has more.`);
  if (pattern === '') refuseGlob(field, 'a pattern is empty.');
  if (pattern.startsWith('!'))
    refuseGlob(field, `${quoted(pattern)} begins with "!". A pattern cannot take back another; say what is wanted in include_patterns.`);
  if (!areClassesClosed(pattern)) refuseGlob(field, `${quoted(pattern)} has a "[" that is not closed. Write \\[ for the character.`);
  for (const form of expandBraces(pattern)) {
    yield form ?? refuseGlob(field, `${quoted(pattern)} has a "{" that is not closed. Write \\{ for the character.`);
  }
}

function areClassesClosed(pattern: string): boolean {
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++;
    else if (pattern[at] === '[') {
      const end = endOfClass(pattern, at);
      if (end === -1) return false;
      at = end - 1;
    }
  }
  return true;
}

/** `docs/**` and `docs/` mean the folder; a pattern without a slash means the name, wherever it is. */
function makeGlob(written: string): Glob {
  const anchored = written.startsWith('/') ? written.slice(1) : written;
  const whole = anchored.replace(/^(\*\*\/)+\*\*$/, '**');
  const bare = whole.replace(/(\/\*\*)+$|\/$/, '');
  const isAnywhere = !written.startsWith('/') && !bare.includes('/') && bare !== '**';
  return new Glob(isAnywhere ? `**/${bare}` : bare, bare !== whole);
}
