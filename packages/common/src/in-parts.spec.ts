import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inParts } from './in-parts.js';

it('parts hold all items in order, each small enough, and none is empty', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100), { maxLength: 60 }), fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 150 }), (all, items, size) => {
      const parts = inParts(all, { items, size, sizeOf: (item) => item });
      expect(parts.flat()).toEqual(all);
      for (const part of parts) {
        expect(part.length).toBeGreaterThan(0);
        expect(part.length).toBeLessThanOrEqual(items);
        if (part.length > 1) expect(part.reduce((sum, item) => sum + item, 0)).toBeLessThanOrEqual(size);
      }
    }),
  );
});
