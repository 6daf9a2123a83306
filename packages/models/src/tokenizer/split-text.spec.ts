import { expect, it } from '@jest/globals';
import { readPattern, type SplitBehaviour, splitText } from './split-text.js';

// The five answers of Hugging Face's own library to the same question.
it.each<[SplitBehaviour, string[]]>([
  ['Removed', ['the', 'final', 'countdown']],
  ['Isolated', ['the', '-', 'final', '-', '-', 'countdown']],
  ['Contiguous', ['the', '-', 'final', '--', 'countdown']],
  ['MergedWithPrevious', ['the-', 'final-', '-', 'countdown']],
  ['MergedWithNext', ['the', '-final', '-', '-countdown']],
])('%s: what becomes of a match', (behaviour, expected) => {
  expect(splitText('the-final--countdown', { pattern: readPattern({ String: '-' }), behaviour })).toEqual(expected);
});

it('an inverted pattern names the words and not what lies between them', () => {
  expect(splitText('to be, or', { pattern: readPattern({ Regex: String.raw`\w+` }), behaviour: 'Removed', invert: true })).toEqual(['to', 'be', 'or']);
});
