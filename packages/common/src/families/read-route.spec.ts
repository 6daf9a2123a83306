import { describe, expect, it } from '@jest/globals';
import { FAMILY_LIMITS } from './family-route.js';
import { readRoute } from './read-route.js';

const refusal = (description: object) => {
  try {
    readRoute(description);
  } catch (error) {
    return error;
  }
  return 'it was taken';
};
const isRefused = (description: object, path: string, words = '') =>
  expect(refusal(description)).toMatchObject({ code: 'bad_request', status: 400, message: expect.stringContaining(words), errors: [{ path }] });

describe('the description of a route', () => {
  it('L2: a field is read as keys of filters are, or is a list of keys', () => {
    const keysOf = (field: unknown) => readRoute({ field }).keys;
    expect(keysOf('model')).toEqual(['model']);
    expect(keysOf('author.name')).toEqual(['author', 'name']);
    expect(keysOf('v1\\.2.x')).toEqual(['v1.2', 'x']);
    expect(keysOf(['org', 'a.b'])).toEqual(['org', 'a.b']);
  });

  it('L2: a field that no metadata can have is refused', () => {
    for (const field of [
      undefined,
      null,
      5,
      {},
      [],
      [5],
      '',
      'a..b',
      ['a', ''],
      '__proto__',
      ['a\0'],
      'a\\b',
      'x'.repeat(513),
      'a.b.c.d.e.f.g.h.i',
      ['x'.repeat(300), 'y'.repeat(300)],
    ])
      isRefused({ field }, 'route.field');
  });

  it('L2: without values it is learnt, and nothing is said of their being complete', () => {
    expect(readRoute({ field: 'model' })).toEqual({ kind: 'learnt', keys: ['model'] });
    for (const complete of [true, false]) isRefused({ field: 'model', complete }, 'route.complete');
  });

  it('L2: values are complete unless it is said that they are not', () => {
    const values = { Invoice: ['a'] };
    expect(readRoute({ field: 'model', values })).toEqual({ kind: 'complete', keys: ['model'], values: [{ value: 'Invoice', collections: ['a'] }] });
    expect(readRoute({ field: 'model', values, complete: true }).kind).toBe('complete');
    expect(readRoute({ field: 'model', values, complete: false }).kind).toBe('open');
  });

  it('L2: values of a list keep their type, and what is said of one value twice is put together', () => {
    const values = [
      { value: 5, collections: ['a'] },
      { value: '5', collections: ['b'] },
      { value: 1.5, collections: ['a'] },
      { value: true, collections: ['a', 'a'] },
      { value: 5, collections: ['b', 'a'] },
    ];
    expect(readRoute({ field: 'n', values })).toMatchObject({
      values: [
        { value: 5, collections: ['a', 'b'] },
        { value: '5', collections: ['b'] },
        { value: 1.5, collections: ['a'] },
        { value: true, collections: ['a'] },
      ],
    });
  });

  it('L2: what is no value, or names no collections, is refused by its place', () => {
    const of = (value: unknown, collections: unknown = ['a']) => ({ field: 'n', values: [{ value, collections }] });
    for (const value of [null, undefined, {}, [], Number.NaN, 2 ** 53, 'nul\0', 'é'.repeat(FAMILY_LIMITS.valueBytes / 2 + 1)])
      isRefused(of(value), 'route.values[0].value');
    for (const collections of [null, 'a', [], [5]]) isRefused(of('x', collections), 'route.values[0].collections');
    isRefused({ field: 'n', values: [{ value: 'x', collections: ['a'], colections: [] }] }, 'route.values[0]');
    isRefused({ field: 'n', values: ['x'] }, 'route.values[0]');
    isRefused({ field: 'n', values: 'x' }, 'route.values');
    isRefused({ field: 'n', values: { Invoice: 'a' } }, 'route.values.Invoice');
    isRefused({ field: 'n', values: { Invoice: [] } }, 'route.values.Invoice');
  });

  it('L2: there is a limit to values, counted once for each collection', () => {
    const half = FAMILY_LIMITS.values / 2;
    const values = Array.from({ length: half }, (_, value) => ({ value, collections: ['a', 'b'] }));
    expect(readRoute({ field: 'n', values })).toMatchObject({ values: { length: half } });
    isRefused({ field: 'n', values: [...values, { value: 'x', collections: ['a'] }] }, 'route.values', '10000');
  });
});
