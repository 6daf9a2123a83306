import { expect, test } from '@jest/globals';
import { bearerOf } from './auth.guard.js';

test('T3: a token stands after Bearer and any number of spaces, and alone', () => {
  for (const header of ['Bearer abc', 'bearer abc', 'Bearer   abc']) expect(bearerOf(header)).toBe('abc');
  for (const header of [undefined, '', 'Bearer', 'Bearer ', 'Bearerabc', 'Basic abc', 'Bearer a b', 'Bearer\tabc']) expect(bearerOf(header)).toBeUndefined();
});
