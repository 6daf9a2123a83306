import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { slicesOf } from './slices.js';

it('slices are short, cover the text and cut no character in two', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '\n', '🎉', '▁', '.') }), fc.integer({ min: 2, max: 20 }), (text, longest) => {
      const slices = [...slicesOf(text, longest)];
      expect(slices.join('')).toBe(text);
      for (const slice of slices) expect([slice.length > 0 && slice.length <= longest, slice.isWellFormed()]).toEqual([true, true]);
    }),
  );
});

it('a cut lies before the last space that follows a word', () => {
  expect([...slicesOf('one two!  three', 14)]).toEqual(['one two!', '  three']);
  expect([...slicesOf('onetwothree', 4)]).toEqual(['onet', 'woth', 'ree']);
});
