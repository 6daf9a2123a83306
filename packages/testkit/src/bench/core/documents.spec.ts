import { expect, test } from '@jest/globals';
import { replaceMeasured } from './documents.js';

const BEGIN = '<!-- measured: written by `npm run bench -- --write-docs` -->';

test('new figures replace the old ones, and what people wrote around them stays', () => {
  const before = `# Benchmarks\n\n${BEGIN}\n\nold\n\n<!-- /measured -->\n\nWhy G8 is missed.\n`;
  const after = replaceMeasured(before, 'new');
  expect(after).toBe(`# Benchmarks\n\n${BEGIN}\n\nnew\n\n<!-- /measured -->\n\nWhy G8 is missed.\n`);
  expect(replaceMeasured(after, 'new')).toBe(after);
});

test('a page without a place for figures is not written over', () => {
  expect(() => replaceMeasured('# Benchmarks', 'new')).toThrow('has no place');
});
