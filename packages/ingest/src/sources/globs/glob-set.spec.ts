import { CairnError } from '@cairn/common/contracts';
import { describe, expect, it } from '@jest/globals';
import { expandBraces } from './expand-braces.js';
import { GLOB_LIMITS, readGlobs } from './glob-set.js';

const matches = (pattern: string, path: string, isFolder = false) => readGlobs([pattern], 'ignore_patterns').matches(path, isFolder);

describe('a pattern', () => {
  it.each([
    ['**/node_modules/**', 'node_modules/x.md', true],
    ['**/node_modules/**', 'lib/node_modules/y.md', true],
    ['**/node_modules/**', 'lib/node_modules', false],
    ['node_modules', 'lib/node_modules/deep/y.md', true],
    ['*.md', 'a.md', true],
    ['*.md', 'deep/er/a.md', true],
    ['/*.md', 'deep/a.md', false],
    ['docs/*.md', 'docs/a.md', true],
    ['docs/*.md', 'docs/sub/a.md', false],
    ['docs/*.md', 'more/docs/a.md', false],
    ['docs/**/*.md', 'docs/a.md', true],
    ['docs/**/*.md', 'docs/x/y/a.md', true],
    ['docs/**', 'docs/x/y/a.txt', true],
    ['docs/', 'docs', false],
    ['docs/', 'a/docs/b', true],
    ['**', 'anything/at/all', true],
    ['**/**', 'file', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['?', '😀', true],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['[^a-c]x', 'dx', true],
    ['[]x]', ']', true],
    ['[a\\-c]', 'b', false],
    ['*.{md,txt}', 'x.txt', true],
    ['*.{md,t{x,s}t}', 'x.tst', true],
    ['{a,b}/c', 'b/c', true],
    ['x{,y}', 'x', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['\\{a,b}', '{a,b}', true],
    ['é*', 'école', true],
    ['*.MD', 'a.md', false],
  ])('%s of %s: %s', (pattern, path, expected) => expect(matches(pattern, path)).toBe(expected));

  it('that ends in a slash means folders', () => {
    expect(matches('docs/', 'docs', true)).toBe(true);
    expect(matches('**/node_modules/**', 'lib/node_modules', true)).toBe(true);
  });

  it.each(['', '!a', '[a', 'a{b,c', '[', 'x'.repeat(257), '{a,b}'.repeat(20), '{,}'.repeat(80)])('is refused with a sentence that names it: %s', (pattern) => {
    expect(() => readGlobs([pattern], 'ignore_patterns')).toThrow(CairnError);
    expect(() => readGlobs([pattern], 'ignore_patterns')).toThrow(/^ignore_patterns: .*\.$/);
  });

  it('is one of at most fifty', () => {
    expect(() => readGlobs(Array(GLOB_LIMITS.patterns + 1).fill('a'), 'ignore_patterns')).toThrow('at most 50 patterns');
  });
});

/** Slow and simple, for comparison: whether the pattern is the path or a folder that it is in. */
function reference(pattern: string, path: string): boolean {
  const names = path.split('/');
  const folders = names.slice(1).map((_, at) => names.slice(0, at + 1).join('/'));
  return [...expandBraces(pattern)].some((form = '') => {
    if (form === '') return false;
    const bare = form.replace(/^\//, '').replace(/^(\*\*\/)+\*\*$/, '**');
    const folder = bare.replace(/(\/\*\*)+$|\/$/, '');
    const regex = new RegExp(`^${!form.startsWith('/') && !folder.includes('/') && folder !== '**' ? '(?:.*/)?' : ''}${asRegex(folder)}$`, 'su');
    return folders.some((each) => regex.test(each)) || (folder === bare && regex.test(path));
  });
}

function asRegex(glob: string): string {
  return glob
    .replace(/(^|(?<=\/))(\*\*\/)+/g, '«')
    .replace(/(^|(?<=\/|«))\*\*$/, '»')
    .replace(/\*+/g, '[^/]*')
    .replace(/\?/g, '[^/]')
    .replace(/\[!/g, '[^/')
    .replaceAll('.', '\\.')
    .replaceAll('«', '(?:.*/)?')
    .replaceAll('»', '.*');
}

/** The same numbers each time. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

describe('the matcher', () => {
  it('says what a reference says, for 40,000 random patterns and paths', () => {
    const random = numbers(7);
    const pick = <T>(list: readonly T[]): T => list[Math.floor((random.next().value as number) * list.length)] as T;
    const some = (parts: string[], most: number) => Array.from({ length: 1 + pick([...Array(most).keys()]) }, () => pick(parts)).join('');
    const wrong: string[] = [];
    let found = 0;
    for (let round = 0; round < 40_000; round++) {
      const pattern = some(['a', 'b', '/', '*', '**', '**/', '/**', '?', '[ab]', '[!a]', '{a,b}', '{a/b,}', '{*,b?}', '.'], 7);
      const path = some(['a', 'b', 'a/', 'b/', 'ab', '.', 'a/b/'], 7).replace(/\/+$/, '');
      if (pattern.startsWith('.') || path === '' || pattern.includes('//')) continue;
      const expected = reference(pattern, path);
      if (expected) found++;
      if (matches(pattern, path) !== expected) wrong.push(`${pattern} of ${path}: ${expected}`);
    }
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(found).toBeGreaterThan(5_000);
  });

  const EVIL = ['*a', '*?', '**/', '?*', '[!b]*', '*a?', '{a,*}', 'a*', '**/a*', '*[ab]'].map((part) => `${part.repeat(Math.floor(60 / part.length))}b`);

  it.each(EVIL)('takes less than 10 ms for a hostile path of 1,024 characters: %s', (pattern) => {
    const globs = pattern.startsWith('{') ? readGlobs([pattern.slice(0, 30)], 'x') : readGlobs([pattern], 'x');
    for (const path of ['a'.repeat(1_024), 'a/'.repeat(511), 'ab'.repeat(512)]) expect(leastMs(() => globs.matches(path))).toBeLessThan(10);
  });

  it('takes time that grows with the path and no faster', () => {
    for (const pattern of [`${'*a'.repeat(127)}b`, `*a${'?'.repeat(250)}`, `${'**/a*/'.repeat(42)}b`]) {
      const globs = readGlobs([pattern], 'x');
      const short = leastMs(() => globs.matches('a'.repeat(50_000)));
      const long = leastMs(() => globs.matches('a'.repeat(400_000)));
      expect(long).toBeLessThan(short * 8 * 3 + 5);
      // 10 to 30 ms alone; a busy machine takes longer, a pattern that tries again would take hours.
      expect(short).toBeLessThan(1_000);
    }
  });
});

/** The least of some runs: what it takes when nobody else has the processor. */
function leastMs(work: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return Math.min(...times);
}
