import { describe, expect, it } from '@jest/globals';
import { CairnError } from '../errors/catalogue.js';
import { FILTER_LIMITS } from './filter-limits.js';
import { parseFilter } from './parse-filter.js';

function refusal(filter: unknown): CairnError {
  try {
    parseFilter(filter);
  } catch (error) {
    if (error instanceof CairnError) return error;
    throw error;
  }
  throw new Error(`accepted: ${JSON.stringify(filter)}`);
}

const nested = (depth: number): unknown => (depth === 0 ? { a: 1 } : { $not: nested(depth - 1) });
const many = (count: number, item: unknown) => Array.from({ length: count }, () => item);

describe('parseFilter', () => {
  it('makes plain data', () => {
    expect(parseFilter({ year: { $gte: 2020 }, 'a.b': { $ne: null }, title: 'x' })).toEqual({
      kind: 'all',
      of: [
        { kind: 'test', field: { kind: 'metadata', keys: ['year'] }, test: { is: 'order', comparison: '>=', bound: 2020 } },
        { kind: 'not', of: { kind: 'test', field: { kind: 'metadata', keys: ['a', 'b'] }, test: { is: 'equality', values: [null] } } },
        { kind: 'test', field: { kind: 'either', name: 'title' }, test: { is: 'equality', values: ['x'] } },
      ],
    });
  });

  it.each([
    [{ $bad: 1 }, 'filters.$bad', 'is not known here'],
    [{ year: { $gte: {} } }, 'filters.year.$gte', 'must be a number, or a date'],
    [{ year: { $gte: 'soon' } }, 'filters.year.$gte', 'a text of another form'],
    [{ year: { $lt: true } }, 'filters.year.$lt', 'must be a number'],
    [{ $or: 5 }, 'filters.$or', 'must be a list of filters'],
    [{ $or: [5] }, 'filters.$or[0]', 'must be an object'],
    [{ x: { $regex: '(a+)+$' } }, 'filters.x.$regex', 'is not known here'],
    [{ n: { $in: 5 } }, 'filters.n.$in', 'must be a list'],
    [{ n: { $in: [1, [2]] } }, 'filters.n.$in[1]', 'must be a text, a number'],
    [{ rare: { $exists: 'yes' } }, 'filters.rare.$exists', 'must be true or false'],
    [{ $or: [{ lang: 'de' }, { year: { $near: 1 } }] }, 'filters.$or[1].year.$near', 'is not known here'],
    [{ deep: { path: { $foo: 1 } } }, 'filters.deep.path', 'with a dot'],
    ['text', 'filters', 'must be an object'],
    [[1], 'filters', 'it is a list'],
    [null, 'filters', 'it is null'],
    [undefined, 'filters', 'it is missing'],
    [{ $not: [] }, 'filters.$not', 'must be an object'],
    [{ tags: ['a'] }, 'filters.tags', '$in'],
    [{ year: {} }, 'filters.year', 'has no operator'],
    [{ $gte: 5 }, 'filters.$gte', 'must stand behind a field'],
    [{ year: { $not: { $gte: 1 } } }, 'filters.year.$not', 'must stand beside fields'],
    [{ a: { $prefix: 5 } }, 'filters.a.$prefix', 'must be a text'],
    [{ a: { $contains: '' } }, 'filters.a.$contains', 'must not be empty'],
    [{ a: 2 ** 53 }, 'filters.a', 'beyond 2^53'],
    [{ a: Number.NaN }, 'filters.a', 'must be a finite number'],
    [{ a: 5n }, 'filters.a', 'something else'],
    [{ '$document.org_id': 'x' }, 'filters.$document.org_id', 'is no field of documents'],
  ])('refuses %j and says where', (filter, path, message) => {
    const error = refusal(filter);
    expect([error.code, error.status]).toEqual(['invalid_filter', 400]);
    expect(error.errors).toEqual([{ path, message: expect.stringContaining(message) }]);
    expect(error.message).toContain(path);
  });

  it('names the place below the path that it is given', () => {
    expect(() => parseFilter({ a: { $x: 1 } }, 'metadata_filter')).toThrow('metadata_filter.a.$x');
  });
});

describe('hostile filters', () => {
  it.each([
    ['__proto__', 'is no name'],
    ['a.__proto__.b', 'is no name'],
    ['', 'without a name'],
    ['a..b', 'without a name'],
    ['.', 'without a name'],
    ['a\\b', 'backslash'],
    ['a\\', 'backslash'],
    ['a\0', 'NUL'],
    ['a\ud800', 'surrogate'],
    ['a.b.c.d.e.f.g.h.i', 'more than 8 keys'],
    ['k'.repeat(513), 'longer than a key'],
    ['$where', 'is not known here'],
    ['$document', 'is not known here'],
  ])('are refused for the key %j', (key, message) => {
    expect(refusal(JSON.parse(`{${JSON.stringify(key)}:1}`)).message).toContain(message);
  });

  it.each([
    ['NUL', 'a\0b'],
    ['surrogate', '\udc00'],
    ['at most 4096', 'x'.repeat(4_097)],
  ])('are refused for a text with %s', (message, text) => {
    for (const filter of [{ a: text }, { a: { $in: ['b', text] } }, { a: { $prefix: text } }, { a: { $contains: text } }]) {
      expect(refusal(filter).message).toContain(message);
    }
  });

  it('have bounds that a filter may reach', () => {
    parseFilter(nested(FILTER_LIMITS.depth));
    parseFilter({ $or: many(FILTER_LIMITS.filters, { a: 1 }) });
    parseFilter({ a: { $in: many(FILTER_LIMITS.values, 'x'.repeat(FILTER_LIMITS.textLength)) } });
    expect(refusal(nested(FILTER_LIMITS.depth + 1)).message).toContain('too deep');
    expect(refusal({ $and: [{ $or: many(FILTER_LIMITS.filters, {}) }] }).message).toContain('too many filters');
    expect(refusal({ a: { $in: many(600, 1) }, b: { $nin: many(600, 1) } }).message).toContain('too many values');
    expect(refusal(Object.fromEntries(many(101, 0).map((_, index) => [`k${index}`, 1]))).message).toContain('one condition too many');
  });

  it('are refused within milliseconds, however large they are', () => {
    const deep = JSON.parse(`${'{"$not":'.repeat(5_000)}{}${'}'.repeat(5_000)}`);
    const wide = { $and: many(1_000_000, { a: 1 }) };
    const long = { a: { $in: many(1_000_000, 'x') } };
    const keys = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`k${index}`, 1]));
    for (const filter of [deep, wide, long, keys, { a: 'x'.repeat(10_000_000) }, { ['.'.repeat(10_000_000)]: 1 }]) {
      const began = performance.now();
      refusal(filter);
      expect(performance.now() - began).toBeLessThan(5_000); // of milliseconds, but on a busy machine
    }
  });

  it('get a short answer that repeats no values', () => {
    const error = refusal({ ['🙂'.repeat(250)]: { $gte: 'a secret' } });
    expect(error.message.length).toBeLessThan(400);
    expect(error.message.isWellFormed()).toBe(true);
    expect(error.message).not.toContain('secret');
  });
});
