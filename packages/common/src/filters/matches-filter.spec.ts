import { describe, expect, it } from '@jest/globals';
import type { FilterableDocument } from './filterable-document.js';
import { matchesFilter } from './matches-filter.js';
import { parseFilter } from './parse-filter.js';

const DOCUMENT: FilterableDocument = {
  id: '550e8400-e29b-41d4-a716-446655440000',
  collectionId: '11111111-1111-4111-8111-111111111111',
  sourceId: null,
  externalId: 'd1',
  fileName: 'Annual Report.PDF',
  filePath: '/reports/2024/Annual Report.PDF',
  title: 'Annual report',
  mimeType: 'application/pdf',
  sizeBytes: 1_000,
  createdAt: new Date('2024-05-01T08:00:00Z'),
  updatedAt: new Date('2024-05-02T08:00:00Z'),
  indexedAt: null,
  metadata: {
    year: 2024,
    price: 9.5,
    lang: 'de',
    rare: true,
    tags: ['tax', 'press'],
    scores: [1, 10],
    none: [],
    nothing: null,
    holes: [null, 'x'],
    numeric: '5',
    at: '2024-06-01T00:00:00Z',
    day: '2024-06-01',
    'v1.2': 'dotted',
    $price: 7,
    'a\\b': 'backslash',
    author: { name: 'Ada', born: { year: 1815 } },
    editors: [{ name: 'Bob' }, { name: 'Cy', roles: ['chief'] }, 'nobody'],
    nested: [[1], [2, 3]],
    'naïve 🙂': 'ünï 🙂',
    wild: '100%_\\',
    constructor: 'Ferrari',
  },
  facts: { title: 'Wetland Atlas', author: 'Ada Byron' },
  extracted: { keywords: ['contract', 'notice period'], entities: { codes: ['ERR-4711'], dates: ['2024-03-12', '2025-01-01'] } },
};

const matches = (filter: unknown, changes: Partial<FilterableDocument> = {}) => matchesFilter(parseFilter(filter), { ...DOCUMENT, ...changes });

function allOf(filters: unknown[], expected: boolean): void {
  expect(filters.filter((filter) => matches(filter) !== expected)).toEqual([]);
}

describe('a filter of metadata', () => {
  it('takes a plain value, and every operator, as it reads', () => {
    allOf([{}, { year: 2024 }, { year: { $eq: 2024 } }, { lang: 'de', rare: true }, { price: { $gt: 9, $lt: 10 } }, { year: { $in: [1, 2024] } }], true);
    allOf([{ year: { $gte: 2024 } }, { year: { $lte: 2024 } }, { lang: { $nin: ['en'] } }, { lang: { $ne: 'en' } }, { 'author.born.year': 1815 }], true);
    allOf(
      [{ year: 2023 }, { year: { $gt: 2024 } }, { year: { $lt: 2024 } }, { lang: 'de', rare: false }, { year: { $in: [] } }, { 'author.name': 'Bob' }],
      false,
    );
  });

  it('joins filters with $and, $or and $not', () => {
    allOf(
      [{ $or: [{ year: 1 }, { lang: 'de' }] }, { $and: [{ year: 2024 }, { lang: 'de' }] }, { $not: { year: 1 } }, { $and: [] }, { $not: { $or: [] } }],
      true,
    );
    allOf([{ $or: [{ year: 1 }, { lang: 'en' }] }, { $and: [{ year: 2024 }, { lang: 'en' }] }, { $not: {} }, { $or: [] }, { $or: [{}], year: 1 }], false);
  });

  it('never holds of a field that is not there, and its complement does', () => {
    const tests = [{ $eq: 1 }, { $in: [1, 'a', null] }, { $gt: 0 }, { $lte: '2024-01-01' }, { $prefix: 'a' }, { $contains: 'a' }, { $exists: true }];
    for (const field of ['missing', 'author.missing', 'year.missing', 'tags.missing', 'tags.0']) {
      allOf(
        tests.map((test) => ({ [field]: test })),
        false,
      );
      allOf(
        tests.map((test) => ({ $not: { [field]: test } })),
        true,
      );
      allOf([{ [field]: { $ne: 1 } }, { [field]: { $nin: [1, null] } }, { [field]: { $exists: false } }], true);
    }
  });

  it('tells null and an empty list from what is not there', () => {
    allOf(
      [{ nothing: null }, { nothing: { $exists: true } }, { none: { $exists: true } }, { holes: null }, { none: { $ne: 'x' } }, { nothing: { $in: [null] } }],
      true,
    );
    allOf([{ missing: null }, { none: null }, { nothing: { $ne: null } }, { year: null }, { nothing: { $lt: 1 } }], false);
  });

  it('asks any element of a list', () => {
    allOf([{ tags: 'tax' }, { tags: { $in: ['press', 'y'] } }, { scores: { $gt: 9 } }, { scores: { $gt: 5, $lt: 5 } }, { tags: { $prefix: 'pre' } }], true);
    allOf([{ tags: { $ne: 'tax' } }, { tags: { $nin: ['press', 'y'] } }, { scores: { $gt: 10 } }, { none: { $gt: 0 } }, { tags: 'ta' }], false);
  });

  it('looks through a list of objects, and through one list only', () => {
    allOf([{ 'editors.name': 'Cy' }, { 'editors.roles': 'chief' }, { 'editors.name': { $contains: 'C' } }, { 'editors.roles': { $exists: true } }], true);
    allOf([{ 'editors.name': 'nobody' }, { nested: 1 }, { nested: { $gt: 0 } }, { nested: { $contains: 1 } }], false);
  });

  it('finds with $contains a part of a text, and an element of a list', () => {
    allOf([{ lang: { $contains: 'e' } }, { tags: { $contains: 'tax' } }, { scores: { $contains: 10 } }, { holes: { $contains: null } }], true);
    allOf([{ lang: { $contains: 'E' } }, { tags: { $contains: 'ta' } }, { year: { $contains: '2024' } }, { author: { $contains: 'Ada' } }], false);
  });

  it('takes no character for a wildcard', () => {
    allOf([{ wild: { $prefix: '100%' } }, { wild: { $contains: '_\\' } }, { wild: '100%_\\' }], true);
    allOf([{ wild: { $prefix: '1%' } }, { lang: { $prefix: '_' } }, { lang: { $contains: '%' } }, { lang: { $prefix: '.' } }], false);
  });

  it('never makes one type of another', () => {
    allOf([{ numeric: 5 }, { year: '2024' }, { rare: 'true' }, { rare: 1 }, { numeric: { $gt: 1 } }, { author: 'Ada' }, { year: { $prefix: '2' } }], false);
    allOf([{ year: { $ne: '2024' } }, { numeric: '5' }, { rare: { $in: [true] } }, { price: 9.5 }], true);
  });

  it('compares dates as moments', () => {
    allOf([{ at: '2024-06-01T02:00:00+02:00' }, { at: { $in: ['2024-06-01T00:00:00.000Z'] } }, { at: { $gte: '2024-06-01' } }, { at: '2024-06-01' }], true);
    allOf([{ day: { $lt: '2024-06-01T00:00:00.001Z' } }, { day: '2024-06-01' }, { at: { $gt: '2024-06-01T01:59:59+02:00' } }], true);
    allOf(
      [{ at: { $ne: '2024-05-31T23:00:00-01:00' } }, { at: { $gt: '2024-06-01' } }, { year: { $gt: '2020-01-01' } }, { lang: { $gt: '2020-01-01' } }],
      false,
    );
  });

  it('reaches keys with dots, dollar signs, backslashes and any character', () => {
    allOf([{ 'v1\\.2': 'dotted' }, { '\\$price': 7 }, { 'a\\\\b': 'backslash' }, { 'naïve 🙂': { $prefix: 'ünï' } }, { constructor: 'Ferrari' }], true);
    allOf([{ 'v1.2': { $exists: true } }, { toString: { $exists: true } }, { hasOwnProperty: { $exists: true } }, { 'lang.length': { $exists: true } }], false);
  });
});

describe('a filter of built-in fields', () => {
  it('asks for the media type without its parameters, in lower case', () => {
    for (const mimeType of ['text/html', 'text/html; charset=iso-8859-1', ' Text/HTML ;a;b'])
      expect([mimeType, matches({ mime_type: 'text/html' }, { mimeType })]).toEqual([mimeType, true]);
    expect(matches({ mime_type: { $exists: true } }, { mimeType: null })).toBe(false);
  });

  it('asks for what every document has', () => {
    allOf(
      [{ file_type: 'pdf' }, { file_name: { $prefix: 'Annual' } }, { file_path: { $contains: '/2024/' } }, { external_id: 'd1' }, { title: 'Annual report' }],
      true,
    );
    allOf([{ mime_type: { $in: ['application/pdf'] } }, { size_bytes: { $gte: 1000 } }, { created_at: { $gte: '2024-05-01', $lt: '2024-05-02' } }], true);
    allOf(
      [{ document_id: DOCUMENT.id }, { collection_id: DOCUMENT.collectionId }, { source_id: { $exists: false } }, { indexed_at: { $exists: false } }],
      true,
    );
    allOf(
      [{ file_type: 'PDF' }, { source_id: null }, { indexed_at: { $gt: '2000-01-01' } }, { created_at: { $prefix: '2024' } }, { size_bytes: '1000' }],
      false,
    );
  });

  it.each([
    ['report.tar.gz', 'gz'],
    ['NOTES.MD', 'md'],
    ['a.b/c', undefined],
    ['.bashrc', undefined],
    ['folder/.env', undefined],
    ['name.', undefined],
    ['README', undefined],
    [null, undefined],
  ])('of %s takes the extension for the file type', (fileName, type) => {
    expect(matches({ file_type: { $exists: true } }, { fileName })).toBe(type !== undefined);
    if (type) expect(matches({ file_type: type }, { fileName })).toBe(true);
  });

  it('gives way to metadata of the same name, document by document', () => {
    const own = { metadata: { title: 'mine', created_at: '1999-01-01' } };
    expect(matches({ title: 'mine', created_at: { $lt: '2000-01-01' } }, own)).toBe(true);
    expect(matches({ title: 'Annual report' }, own)).toBe(false);
    expect(matches({ title: { $exists: true } }, { metadata: {}, title: null, facts: {} })).toBe(false);
    expect(matches({ title: 'Annual report' }, { metadata: { title: null } })).toBe(false);
  });

  it('R5: is what the file says of itself where nobody else says it', () => {
    const untitled = { metadata: {}, title: null };
    expect(matches({ title: 'Wetland Atlas', author: { $prefix: 'Ada' } }, untitled)).toBe(true);
    expect(matches({ title: { $exists: true } }, untitled)).toBe(true);
    expect(matches({ title: 'Wetland Atlas' }, { metadata: {} })).toBe(false);
  });

  it('can be asked for by one of both names alone', () => {
    const own = { metadata: { title: 'mine' } };
    expect(matches({ '$document.title': 'Annual report', '$metadata.title': 'mine' }, own)).toBe(true);
    expect(matches({ '$metadata.title': { $exists: true } })).toBe(false);
    expect(matches({ '$metadata.author.name': 'Ada' })).toBe(true);
  });

  it('R9: is also what was extracted from the text, where metadata has no such name', () => {
    expect(matches({ keywords: { $in: ['contract'] }, 'entities.codes': 'ERR-4711' })).toBe(true);
    expect(matches({ 'entities.dates': { $gte: '2025-01-01' } })).toBe(true);
    expect(matches({ 'entities.emails': { $exists: true } })).toBe(false);
    expect(matches({ keywords: { $exists: true } }, { extracted: null })).toBe(false);
    const own = { metadata: { keywords: 'mine' } };
    expect(matches({ keywords: 'contract' }, own)).toBe(false);
    expect(matches({ '$document.keywords': 'contract', '$metadata.keywords': 'mine', '$document.entities.codes': 'ERR-4711' }, own)).toBe(true);
    expect(matches({ '$metadata.keywords': { $exists: true } })).toBe(false);
  });

  it('stands a document without any metadata', () => {
    expect(matches({ year: { $exists: false }, file_type: 'pdf' }, { metadata: null })).toBe(true);
  });
});
