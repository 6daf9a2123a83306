import { describe, expect, it } from '@jest/globals';
import { flawInside } from './text-flaw.js';

describe('what came as JSON', () => {
  it('is good where every text and every name in it is', () => {
    expect(flawInside({ a: ['b', { c: '\u{1f600}' }], d: null, e: 1, g: 9007199254740991, h: 1.5e-300, f: '__proto__' })).toBeUndefined();
  });

  it.each([
    [{ a: { b: ['x', '\ud800'] } }, 'a.b[1]', 'half a surrogate'],
    [{ a: 'x\0' }, 'a', 'NUL'],
    [{ a: { 'x\0': 1 } }, 'a', 'NUL'],
    [JSON.parse('{"a": {"__proto__": 1}}'), 'a', '__proto__'],
    [JSON.parse('{"a": [1, 9007199254740993]}'), 'a[1]', 'beyond 2^53'],
    [JSON.parse('{"a": -9007199254740992}'), 'a', 'beyond 2^53'],
    [JSON.parse('{"a": 1e400}'), 'a', 'larger than any'],
  ])('names the first place that cannot be stored: %j', (value, path, message) => {
    expect(flawInside(value)).toEqual({ path, message: expect.stringContaining(message) });
  });

  it('may not be so deep that looking through it fails', () => {
    let value: unknown = 1;
    for (let depth = 0; depth < 100_000; depth++) value = [value];
    expect(flawInside(value)?.message).toContain('nested');
  });
});
