import { describe, expect, it } from '@jest/globals';
import type { Field } from './columns.js';
import { matchesRow, outcomeOf, passes, type Row, valuesOf } from './evaluate.js';
import { allOf, anyOf, EVERY_ROW, NO_ROW, notOf, type RowFilter, type Scalar, type Test } from './row-filter.js';
import { textMatcher } from './text-matcher.js';

const at = (...keys: string[]): Field => ({ kind: 'metadata', keys });
const is = (field: Field, test: Test): RowFilter => ({ kind: 'test', field, test });
const equals = (field: Field, ...values: Scalar[]): RowFilter => is(field, { is: 'oneOf', values: new Set(values) });
const row = (metadata: Row['metadata'], columns: Row['columns'] = {}): Row => ({ metadata, columns });

describe('The values of a field', () => {
  it.each<[string, Row['metadata'], string[], unknown[]]>([
    ['one', { a: 1 }, ['a'], [1]],
    ['none, where the key is missing', { a: 1 }, ['b'], []],
    ['none, where it is null', { a: null }, ['a'], []],
    ['none, in an empty list', { a: [] }, ['a'], []],
    ['the elements of a list', { a: [1, null, 'x'] }, ['a'], [1, 'x']],
    ['a list in a list, as it is', { a: [[1, [2]], 3] }, ['a'], [[1, [2]], 3]],
    ['those behind a list of objects', { items: [{ price: 4 }, { price: [5, 6] }, { other: 1 }] }, ['items', 'price'], [4, 5, 6]],
    ['an object', { a: { b: 1 } }, ['a'], [{ b: 1 }]],
    ['nothing inherited', {}, ['constructor'], []],
    ['nothing inside of a text', { a: 'text' }, ['a', 'length'], []],
  ])('L2: are %s', (_what, metadata, keys, values) => {
    expect(valuesOf(at(...keys), row(metadata))).toEqual(values);
  });

  it('L2: of a column is what stands there', () => {
    expect(valuesOf({ kind: 'column', name: 'title' }, row({ title: 'of the writer' }, { title: 'ours' }))).toEqual(['ours']);
    expect(valuesOf({ kind: 'column', name: 'title' }, row({}, { title: null }))).toEqual([]);
  });
});

describe('A test', () => {
  it('L2: converts no type', () => {
    expect(passes({ is: 'oneOf', values: new Set([10]) }, [10.0])).toBe(true);
    expect(passes({ is: 'oneOf', values: new Set([10]) }, ['10'])).toBe(false);
    expect(passes({ is: 'oneOf', values: new Set(['true']) }, [true])).toBe(false);
    expect(passes({ is: 'range', low: { bound: 5, isInclusive: true } }, ['7', true])).toBe(false);
  });

  it('L2: of equality compares texts as texts, and moments where a moment is asked for', () => {
    const [utc, oslo] = ['2024-02-01T00:00:00Z', '2024-02-01T01:00:00+01:00'];
    expect(passes({ is: 'oneOf', values: new Set([utc]) }, [oslo])).toBe(false);
    expect(passes({ is: 'atMoment', moments: [{ moment: utc }] }, [oslo])).toBe(true);
    expect(passes({ is: 'atMoment', moments: [{ moment: utc }] }, ['some text'])).toBe(false);
  });

  it('L2: of a range takes numbers or moments, with or without the ends', () => {
    const from = (bound: number, isInclusive: boolean): Test => ({ is: 'range', low: { bound, isInclusive } });
    expect([4, 5, 6].map((value) => passes(from(5, true), [value]))).toEqual([false, true, true]);
    expect([4, 5, 6].map((value) => passes(from(5, false), [value]))).toEqual([false, false, true]);
    const before: Test = { is: 'range', high: { bound: { moment: '2024-02-01' }, isInclusive: false } };
    expect(['2024-01-31T23:59:59Z', '2024-02-01T00:00:00Z', '2024-1', 5].map((value) => passes(before, [value]))).toEqual([true, false, false, false]);
  });

  it('L2: of a range asks one value to be within both ends', () => {
    const within: Test = { is: 'range', low: { bound: 3, isInclusive: true }, high: { bound: 5, isInclusive: true } };
    expect(passes(within, [1, 9])).toBe(false);
    expect(passes(within, [1, 4])).toBe(true);
  });

  it('L2: compares whole numbers exactly', () => {
    const above: Test = { is: 'range', low: { bound: 9007199254740993n, isInclusive: true } };
    expect(passes(above, [9007199254740992])).toBe(false);
    expect(passes(above, [9007199254740994])).toBe(true);
  });
});

describe('A filter', () => {
  const rows = [{ a: 1 }, { a: [1, 2] }, { a: 2 }, { a: null }, {}].map((metadata) => row(metadata));
  const taken = (filter: RowFilter) => rows.map((one) => matchesRow(filter, one));

  it('L2: takes rows of which some value passes, and its opposite all others', () => {
    expect(taken(equals(at('a'), 1))).toEqual([true, true, false, false, false]);
    expect(taken(notOf(equals(at('a'), 1)))).toEqual([false, false, true, true, true]);
    expect(taken(is(at('a'), { is: 'null' }))).toEqual([false, false, false, true, true]);
  });

  it('L2: or its opposite takes every row', () => {
    expect(taken(anyOf([equals(at('a'), 1), notOf(equals(at('a'), 1))]))).toEqual(rows.map(() => true));
    expect(taken(EVERY_ROW)).toEqual(rows.map(() => true));
    expect(taken(NO_ROW)).toEqual(rows.map(() => false));
  });

  it('L2: works out what is the same for every row', () => {
    const one = equals(at('a'), 1);
    expect(allOf([one, NO_ROW])).toEqual(NO_ROW);
    expect(anyOf([one, EVERY_ROW])).toEqual(EVERY_ROW);
    expect(allOf([one, EVERY_ROW])).toEqual(one);
    expect(notOf(notOf(one))).toEqual(one);
    expect(notOf(NO_ROW)).toEqual(EVERY_ROW);
  });
});

describe('What is known of all rows', () => {
  const [p, q] = [equals(at('p'), 1), equals(at('q'), 1)];
  const outcome = (filter: RowFilter, known: Record<string, boolean>) =>
    outcomeOf(filter, (field) => (field.kind === 'metadata' ? known[field.keys[0] as string] : undefined));

  it('L3: settles a condition, or leaves it to the row', () => {
    expect(outcome(allOf([p, q]), { p: false })).toBe(false);
    expect(outcome(allOf([p, q]), { p: true })).toBeUndefined();
    expect(outcome(allOf([p, q]), { p: true, q: true })).toBe(true);
    expect(outcome(anyOf([p, q]), { p: true })).toBe(true);
    expect(outcome(anyOf([p, q]), { p: false })).toBeUndefined();
    expect(outcome(anyOf([p, q]), { p: false, q: false })).toBe(false);
    expect(outcome(notOf(p), { p: false })).toBe(true);
    expect(outcome(notOf(p), {})).toBeUndefined();
  });
});

describe('A test of texts', () => {
  const found = (test: Parameters<typeof textMatcher>[0], operand: string, texts: string[]) => texts.filter(textMatcher(test, operand).matches);

  it('L2: LIKE compares the whole, with % for any run and _ for one character', () => {
    expect(found('LIKE', 'a%', ['a', 'abc', 'ba', 'A'])).toEqual(['a', 'abc']);
    expect(found('LIKE', 'a_c', ['abc', 'ac', 'a😀c', 'abbc'])).toEqual(['abc', 'a😀c']);
    expect(found('LIKE', '%b%d', ['abcd', 'bd', 'abcdx', 'db'])).toEqual(['abcd', 'bd']);
    expect(found('LIKE', '50\\%', ['50%', '500'])).toEqual(['50%']);
    expect(found('LIKE', '', ['', 'a'])).toEqual(['']);
    expect(found('LIKE', '%', ['', 'a\nb'])).toEqual(['', 'a\nb']);
    expect(found('ILIKE', 'ÄB%', ['äbc', 'ÄBC', 'abc'])).toEqual(['äbc', 'ÄBC']);
  });

  it('L2: LIKE does not try every way to place its runs', () => {
    expect(found('LIKE', `${'%a'.repeat(500)}%b`, ['a'.repeat(5_000)])).toEqual([]);
  });

  it('L2: CONTAINS minds case, ICONTAINS does not', () => {
    expect(found('CONTAINS', 'lph', ['Alpha', 'ALPHA'])).toEqual(['Alpha']);
    expect(found('ICONTAINS', 'LPH', ['Alpha', 'ALPHA', 'beta'])).toEqual(['Alpha', 'ALPHA']);
  });

  it('L2: MATCH compares words: all of them, any, or side by side', () => {
    const texts = ['alpha beta', 'Beta, alpha!', 'alphabet', 'alpha then beta', 'Straße'];
    expect(found('MATCH', 'beta ALPHA', texts)).toEqual(['alpha beta', 'Beta, alpha!', 'alpha then beta']);
    expect(found('MATCH ANY', 'then alphabet', texts)).toEqual(['alphabet', 'alpha then beta']);
    expect(found('MATCH PHRASE', 'alpha beta', texts)).toEqual(['alpha beta']);
    expect(found('MATCH', 'STRASSE', texts)).toEqual(['Straße']);
    expect(found('MATCH', 'ΓΆΜΜΑΣ', ['γάμμας'])).toEqual(['γάμμας']);
  });

  it('L2: REGEX finds a pattern of RE2 anywhere, in linear time', () => {
    expect(found('REGEX', '^\\w+ beta$', ['alpha beta', 'alpha beta gamma'])).toEqual(['alpha beta']);
    expect(found('REGEX', '(a+)+$', [`${'a'.repeat(20_000)}b`])).toEqual([]);
    expect(found('REGEX', '\\p{Greek}', ['γ', 'g'])).toEqual(['γ']);
    expect(found('REGEX', '(?i)ALPHA', ['alpha'])).toEqual(['alpha']);
    expect(found('REGEX', '\\\\1', ['a\\1'])).toEqual(['a\\1']);
  });

  it.each<[Parameters<typeof textMatcher>[0], string, RegExp]>([
    ['CONTAINS', '', /empty/],
    ['ICONTAINS', '', /empty/],
    ['REGEX', '', /empty/],
    ['MATCH', '—', /no words/],
    ['LIKE', 'a\\', /backslash/],
    ['REGEX', 'ab[', /character 3/],
    ['REGEX', 'a'.repeat(257), /257/],
    ['REGEX', '(?=a)', /looks around/],
    ['REGEX', '(?<!a)b', /looks around/],
    ['REGEX', '(a)\\1', /refers back/],
    ['REGEX', '((a{1000}){1000}){1000}', /RE2/],
  ])('L2: %s of %j is refused', (test, operand, message) => {
    expect(() => textMatcher(test, operand)).toThrow(message);
  });
});
