import { describe, expect, it } from '@jest/globals';
import { maxLength, minLength } from 'class-validator';
import fc from 'fast-check';
import { hasAtLeast, hasAtMost } from './text-length.js';

const units = fc.constantFrom('a', '😀', '\ufe0f', '\ufe0e', '\ud83d', '\ude00', '❤', 'é');

describe('the length of a text', () => {
  it('is counted as class-validator counts it', () => {
    fc.assert(
      fc.property(
        fc.array(units, { maxLength: 12 }).map((parts) => parts.join('')),
        fc.nat({ max: 14 }),
        (text, bound) => {
          expect([hasAtLeast(text, bound), hasAtMost(text, bound)]).toEqual([minLength(text, bound), maxLength(text, bound)]);
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
