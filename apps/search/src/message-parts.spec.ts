import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { messageParts } from './message-parts.js';

describe('parts of a message', () => {
  it('hold all texts in order, each part small enough and none empty', () => {
    const text = fc.oneof(
      fc.string(),
      fc.nat(300_000).map((length) => '\u0001'.repeat(length)),
    );
    fc.assert(
      fc.property(fc.array(text, { maxLength: 40 }), fc.integer({ min: 1, max: 10 }), (texts, most) => {
        const parts = messageParts(texts, most);
        expect(parts.flat()).toEqual(texts);
        for (const part of parts) {
          expect(part.length).toBeGreaterThan(0);
          expect(part.length).toBeLessThanOrEqual(most);
          if (part.length > 1) expect(Buffer.byteLength(JSON.stringify(part))).toBeLessThan(700_000);
        }
      }),
      { numRuns: 50 },
    );
  });
});
