import { expect, test } from '@jest/globals';
import { replaceSections } from './documents.js';

const BEGIN = '<!-- measured: written by `npm run bench -- --write-docs` -->';
const pageOf = (...sections: string[]) => `# Benchmarks\n\n${BEGIN}\n\n${sections.join('\n\n')}\n\n<!-- /measured -->\n\nWhy G8 is missed.\n`;

test('new figures replace the old ones of the same bench; others keep theirs, and what people wrote around them stays', () => {
  const before = pageOf('### Jobs\n\nold jobs', '### Upsert\n\nold upsert');
  const after = replaceSections(before, ['Jobs', 'Search', 'Upsert'], ['### Upsert\n\nnew upsert', '### Search\n\nnew search']);
  expect(after).toBe(pageOf('### Jobs\n\nold jobs', '### Search\n\nnew search', '### Upsert\n\nnew upsert'));
  expect(replaceSections(after, ['Jobs', 'Search', 'Upsert'], [])).toBe(after);
});

test('figures of a bench that there is no more go', () => {
  expect(replaceSections(pageOf('### Jobs\n\nold jobs', '### Gone\n\nold'), ['Jobs'], [])).toBe(pageOf('### Jobs\n\nold jobs'));
});

test('a page without a place for figures is not written over', () => {
  expect(() => replaceSections('# Benchmarks', [], [])).toThrow('has no place');
});
