import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { filterSql } from './filter-sql.js';
import type { FilterableDocument } from './filterable-document.js';
import { matchesFilter } from './matches-filter.js';
import { parseFilter } from './parse-filter.js';

// What filters mean in memory, against the same in Postgres, where others have the same documents.
// `FILTERS=200000 npm test -- --testPathPatterns filter-sql` asks ten times as many.

const FILTERS = Number(process.env.FILTERS ?? 20_000);
const DOCUMENTS_AT_ONCE = 40;
const FILTERS_AT_ONCE = 50;

const TABLE = `CREATE TEMPORARY TABLE documents (org_id uuid, id uuid, collection_id uuid, source_id uuid, external_id text, file_name text, file_path text,
  title text, mime_type text, size_bytes bigint, content_hash text, metadata jsonb, extracted jsonb, facts jsonb, status text, created_at timestamptz, updated_at timestamptz,
  indexed_at timestamptz)`;

function rowOf(document: FilterableDocument): object {
  const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(document).map(([name, value]) => [snakeCase(name), value]));
}

let client: pg.Client;

beforeAll(async () => {
  const { postgres } = JSON.parse(readFileSync(process.env.STACK_JSON as string, 'utf8')) as { postgres: { ownerUrl: string } };
  client = new pg.Client({ connectionString: postgres.ownerUrl });
  await client.connect();
  // A filter means the same whatever the connection's settings are.
  await client.query("SET timezone TO 'Asia/Kathmandu'; SET datestyle TO 'SQL, DMY'");
  await client.query(TABLE);
});

afterAll(() => client?.end());

const [OURS, THEIRS] = [randomUUID(), randomUUID()];

/** The documents of one organisation, and the same under ids of their own of another. */
async function keep(documents: FilterableDocument[]): Promise<void> {
  await client.query('TRUNCATE documents');
  const ours = documents.map((document) => ({ ...rowOf(document), org_id: OURS }));
  const theirs = ours.map((row) => ({ ...row, id: randomUUID(), org_id: THEIRS }));
  await client.query('INSERT INTO documents SELECT * FROM jsonb_populate_recordset(NULL::documents, $1)', [JSON.stringify([...ours, ...theirs])]);
}

async function found(filter: unknown): Promise<string[]> {
  // It must stand being a part of something larger, and beside other parameters.
  const { sql, values } = filterSql(parseFilter(filter), { alias: 'd', firstParameter: 2 });
  const { rows } = await client.query(`SELECT d.id FROM documents d WHERE d.org_id = $1 AND ${sql}`, [OURS, ...values]);
  return rows.map(({ id }) => id as string).sort();
}

function expected(filter: unknown, documents: FilterableDocument[]): string[] {
  const parsed = parseFilter(filter);
  const taken = documents.filter((document) => matchesFilter(parsed, document));
  return taken.map(({ id }) => id).sort();
}

// ---- what is drawn: few names and few values, so that they meet

const MOMENTS = [
  '2024-06-01T00:00:00Z',
  '2024-06-01T02:00:00.000+02:00',
  '2024-06-01',
  '2024-05-31',
  '2024-06-01T00:00:00.000001Z',
  '2024-06-01t00:00:00.0000019z',
];
const NEARLY = [
  '2024-02-30',
  '0000-01-01',
  '2024-06-01T24:00:00Z',
  '2016-12-31T23:59:60Z',
  '2024-06-01T00:00:00+16:00',
  '2024-06-01 00:00:00Z',
  '2024-06-01T00:00:00',
  '10/06/2024',
];
const TEXTS = [
  '',
  'a',
  'ab',
  'abc',
  'A',
  '5',
  '%',
  '_b',
  'a%',
  '\\',
  "o'b",
  '"',
  'ü',
  'u\u0308',
  '🙂',
  '🙂b',
  '\u2028',
  '\u0001',
  '{}',
  '[]',
  'null',
  'true',
  "'; DROP TABLE documents; --",
  '$1',
  '$.a',
];
const NUMBERS = [0, -0, 1, 5, 5.5, -5, 0.1, 1e-7, 1e15, 123456789012345, 0.30000000000000004];
const NAMES = [
  'a',
  'b',
  'a.b',
  'c"d',
  "e'f",
  '$g',
  'h\\i',
  'ü',
  '?',
  '__defineGetter__',
  'constructor',
  'title',
  'author',
  'file_type',
  'size_bytes',
  'created_at',
  'document_id',
  'keywords',
  'entities',
];
const IDS = Array.from({ length: 3 }, () => randomUUID());

const moment = fc.constantFrom(...MOMENTS);
const text = fc
  .oneof(fc.constantFrom(...TEXTS), fc.constantFrom(...NEARLY), moment, fc.constantFrom(...IDS), fc.string({ unit: 'grapheme', maxLength: 4 }))
  .map(clean);
const number = fc.oneof(fc.constantFrom(...NUMBERS), fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), fc.integer({ min: -9, max: 9 }));
const usual = fc.constantFrom('a', 'ab', 5, 5.5, null, true, '2024-06-01', '2024-06-01T00:00:00Z');
const scalar = fc.oneof({ weight: 6, arbitrary: usual }, { weight: 2, arbitrary: text }, { weight: 2, arbitrary: number }, fc.boolean(), fc.constant(null));
const name = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('a', 'b') }, { weight: 1, arbitrary: fc.constantFrom(...NAMES) });

function clean(value: string): string {
  return value.replaceAll('\0', '').toWellFormed();
}

const { value: metadataValue } = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, scalar, scalar, fc.array(tie('value'), { maxLength: 3 }), tie('object')),
  object: fc.dictionary(name, tie('value'), { maxKeys: 4 }),
}));

const date = fc.constantFrom(...MOMENTS.slice(0, 4)).map((value) => new Date(value));
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

const document: fc.Arbitrary<FilterableDocument> = fc.record({
  id: fc.uuid(),
  collectionId: fc.constantFrom(...IDS),
  sourceId: maybe(fc.constantFrom(...IDS)),
  externalId: maybe(text),
  fileName: maybe(fc.oneof(text, fc.constantFrom('a.PDF', 'b.tar.gz', '.env', 'x/.env', 'a.İ', 'a.b\n', 'dir.x/c', 'ü.md'))),
  filePath: maybe(text),
  title: maybe(text),
  mimeType: maybe(fc.oneof(text, fc.constantFrom('text/html', ' Text/HTML\t; charset=x;y', 'ü/É;', ';a'))),
  sizeBytes: maybe(fc.constantFrom(0, 5, 1e15, 123456789012345)),
  metadata: maybe(fc.dictionary(name, metadataValue, { minKeys: 1, maxKeys: 8 })),
  extracted: maybe(fc.dictionary(fc.constantFrom('keywords', 'entities'), metadataValue)),
  facts: fc.dictionary(fc.constantFrom('title', 'author', 'pages'), text),
  createdAt: maybe(date),
  updatedAt: maybe(date),
  indexedAt: maybe(date),
});

const keyOf = (parts: string[]) => parts.map((part) => part.replace(/[.\\$]/g, '\\$&')).join('.');
const builtIn = fc.constantFrom(
  'file_type',
  'file_name',
  'title',
  'author',
  'mime_type',
  'size_bytes',
  'created_at',
  'indexed_at',
  'document_id',
  'collection_id',
  'source_id',
);
const extracted = fc.oneof(
  fc.constantFrom('keywords', 'entities'),
  fc.array(name, { minLength: 1, maxLength: 2 }).map((keys) => `entities.${keyOf(keys)}`),
);
const field = fc.oneof(
  { weight: 5, arbitrary: name.map((key) => keyOf([key])) },
  { weight: 3, arbitrary: fc.array(name, { minLength: 2, maxLength: 3 }).map(keyOf) },
  { weight: 1, arbitrary: fc.array(name, { minLength: 4, maxLength: 7 }).map(keyOf) },
  { weight: 2, arbitrary: builtIn },
  { weight: 2, arbitrary: extracted },
  { weight: 1, arbitrary: extracted.map((key) => `$document.${key}`) },
  { weight: 1, arbitrary: builtIn.map((key) => `$document.${key}`) },
  { weight: 1, arbitrary: name.map((key) => `$metadata.${keyOf([key])}`) },
);
const scalars = fc.oneof(fc.array(scalar, { maxLength: 4 }), fc.array(scalar, { minLength: 10, maxLength: 40 }));
const bound = fc.oneof(number, moment);
const filled = text.filter((value) => value !== '');
const operators = fc
  .record(
    {
      $eq: scalar,
      $ne: scalar,
      $in: scalars,
      $nin: scalars,
      $gt: bound,
      $gte: bound,
      $lt: bound,
      $lte: bound,
      $exists: fc.boolean(),
      $prefix: filled,
      $contains: fc.oneof(filled, number),
    },
    { requiredKeys: [] },
  )
  .chain((all) => fc.subarray(Object.entries(all), { minLength: 0, maxLength: 2 }).map(Object.fromEntries))
  .filter((chosen) => Object.keys(chosen).length > 0);

const { filter } = fc.letrec<{ filter: unknown }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3 },
    { weight: 5, arbitrary: fc.dictionary(field, fc.oneof(scalar, operators, operators), { minKeys: 1, maxKeys: 2 }) },
    { weight: 1, arbitrary: fc.record({ $not: tie('filter') }) },
    { weight: 1, arbitrary: fc.record({ $or: fc.array(tie('filter'), { maxLength: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ $and: fc.array(tie('filter'), { maxLength: 3 }) }) },
  ),
}));

const batch = fc.tuple(
  fc.uniqueArray(document, { minLength: DOCUMENTS_AT_ONCE, maxLength: DOCUMENTS_AT_ONCE, selector: ({ id }) => id }),
  fc.array(filter, { minLength: FILTERS_AT_ONCE, maxLength: FILTERS_AT_ONCE }),
);

/** Of two answers to a filter, what a person must see to understand how they differ: less than what was drawn. */
function difference(documents: FilterableDocument[], ids: string[], taken: string[]): FilterableDocument[] {
  return documents.filter(({ id }) => ids.includes(id) !== taken.includes(id));
}

// ---- examples, and what they mean written out by hand

const NOTE: FilterableDocument = {
  id: randomUUID(),
  collectionId: IDS[0] as string,
  sourceId: null,
  externalId: null,
  fileName: null,
  filePath: null,
  title: null,
  mimeType: null,
  sizeBytes: null,
  metadata: {},
  extracted: null,
  facts: {},
  createdAt: new Date('2024-01-01T00:00:00Z'),
  updatedAt: null,
  indexedAt: null,
};

const dayOf = (n: number) => new Date(Date.UTC(2020, 0, 1 + n)).toISOString();

const NOTES = Array.from({ length: 240 }, (_, n): FilterableDocument => {
  const rare = n % 7 === 0 ? { rare: true } : {};
  const tags = [`t${n % 4}`, `u${n % 6}`];
  const lang = ['en', 'de', 'fr'][n % 3];
  const metadata = { n, year: 2000 + (n % 25), lang, tags, deep: { path: `/docs/${n % 5}/${n}.md` }, at: dayOf(n), ...rare };
  return { ...NOTE, id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`, fileName: `${n}.${n % 2 ? 'md' : 'TXT'}`, metadata };
});

const EXAMPLES: [filter: unknown, holds: (n: number) => boolean][] = [
  [{ lang: 'de' }, (n) => n % 3 === 1],
  [{ n: 0 }, (n) => n === 0],
  [{ rare: true }, (n) => n % 7 === 0],
  [{ year: { $gte: 2010, $lt: 2015 } }, (n) => n % 25 >= 10 && n % 25 < 15],
  [{ n: { $gt: 100, $lte: 110 } }, (n) => n > 100 && n <= 110],
  [{ tags: { $in: ['t1', 'u5'] } }, (n) => n % 4 === 1 || n % 6 === 5],
  [{ tags: { $ne: 't1' } }, (n) => n % 4 !== 1],
  [{ lang: { $nin: ['en', 'de'] } }, (n) => n % 3 === 2],
  [{ rare: { $exists: false }, n: { $lt: 20 } }, (n) => n % 7 !== 0 && n < 20],
  [{ rare: { $ne: true } }, (n) => n % 7 !== 0],
  [{ 'deep.path': { $prefix: '/docs/3/' } }, (n) => n % 5 === 3],
  [{ $or: [{ lang: 'fr', year: 2001 }, { tags: { $in: ['u0'] } }] }, (n) => (n % 3 === 2 && n % 25 === 1) || n % 6 === 0],
  [{ $not: { lang: 'en', year: { $gte: 2005 } } }, (n) => !(n % 3 === 0 && n % 25 >= 5)],
  [{ $not: { rare: true, lang: 'en' } }, (n) => !(n % 7 === 0 && n % 3 === 0)],
  [{ $and: [{ n: { $gt: 100 } }, { $or: [{ rare: true }, { year: 2024 }] }] }, (n) => n > 100 && (n % 7 === 0 || n % 25 === 24)],
  [{ $not: { $or: [{ lang: 'en' }, { n: { $gte: 60 } }] } }, (n) => n % 3 !== 0 && n < 60],
  [{ at: { $gte: '2020-06-01T00:00:00Z' } }, (n) => n >= 152],
  [{ at: { $gt: '2020-06-01T02:00:00+02:00', $lt: '2020-06-05T00:00:00.000Z' } }, (n) => n > 152 && n < 156],
  [{ at: '2020-06-01T02:00:00+02:00' }, (n) => n === 152],
  [{ at: { $lt: '2020-01-03' } }, (n) => n < 2],
  [{ lang: 'es' }, () => false],
  [{ org_id: { $ne: 'x' } }, () => true],
  [{ file_type: 'txt' }, (n) => n % 2 === 0],
  [{ file_type: { $in: ['md', 'pdf'] }, n: { $lt: 10 } }, (n) => n % 2 === 1 && n < 10],
  [{ created_at: { $gte: '2024-01-01' } }, () => true],
  [{ '$document.title': { $prefix: 'x' } }, () => false],
  [{ title: { $gt: '2024-01-01' }, indexed_at: { $lt: '2024-01-01' }, size_bytes: { $gt: 1 }, source_id: { $ne: 'x' } }, () => false],
];

const INJECTIONS = [
  "'; DROP TABLE documents; --",
  "' OR TRUE; --",
  '") || ($."x',
  '"] ? (1 == 1) . ["',
  '$bound',
  '$1',
  '%',
  '_',
  '\\',
  '"',
  '{"a":1}',
  '{a,b}',
  'NULL',
  '*',
  '🙂\u2028',
  '\u0001\t\n',
  '@ == 1',
];

describe('filterSql', () => {
  it(`Q7: finds in Postgres what matchesFilter takes, and nothing of others, for ${FILTERS} filters`, async () => {
    const seed = Date.now();
    let some = 0;
    for (const [documents, filters] of fc.sample(batch, { numRuns: FILTERS / FILTERS_AT_ONCE, seed })) {
      await keep(documents);
      for (const each of filters) {
        const taken = expected(each, documents);
        const wrong = difference(documents, await found(each), taken);
        expect({ seed, filter: each, wrong }).toEqual({ seed, filter: each, wrong: [] });
        if (taken.length > 0 && taken.length < documents.length) some++;
      }
    }
    // Filters that take all or nothing would show little.
    expect(some).toBeGreaterThan(FILTERS / 10);
  }, 3_600_000);

  it('agrees with a reading of its own for the examples of notes', async () => {
    await keep(NOTES);
    for (const [filter, holds] of EXAMPLES) {
      const ids = NOTES.filter((_, index) => holds(index)).map(({ id }) => id);
      expect({ filter, ids: await found(filter) }).toEqual({ filter, ids: ids.sort() });
      expect({ filter, ids: expected(filter, NOTES) }).toEqual({ filter, ids });
    }
  });

  it.each(INJECTIONS)('takes %j for a name and a value, and nothing more', async (text) => {
    const id = randomUUID();
    await keep([{ ...NOTE, id, title: text, metadata: { [text]: text, list: [text], deep: [{ [text]: [text] }] } }]);
    const key = keyOf([text]);
    const asks = [text, { $in: [text, ...Array(40).fill('x')] }, { $prefix: text }, { $contains: text }, { $exists: true }];
    for (const ask of asks) expect(await found({ [key]: ask, [`deep.${key}`]: ask, '$document.title': ask })).toEqual([id]);
    for (const ask of [`${text}x`, { $gt: 1 }, { $gte: '2024-01-01' }, { $prefix: `${text}x` }]) expect(await found({ [key]: ask })).toEqual([]);
  });

  it('writes the same text for filters of one form', () => {
    const sqlOf = (key: string, value: string) => filterSql(parseFilter({ [key]: { $prefix: value, $ne: value } }), { alias: 'd', firstParameter: 1 }).sql;
    expect(sqlOf('a', 'b')).toBe(sqlOf("'; --", "') OR TRUE; --"));
  });

  it('takes a plain name of SQL for an alias, and nothing else', () => {
    for (const alias of ['d; --', 'd.x', 'D', '', '"d"']) expect(() => filterSql(parseFilter({}), { alias, firstParameter: 1 })).toThrow('alias');
  });

  it('can be negated and selected: it is never null where there is metadata', async () => {
    await keep(NOTES);
    for (const [filter] of EXAMPLES) {
      const { sql, values } = filterSql(parseFilter(filter), { alias: 'd', firstParameter: 1 });
      const { rows } = await client.query(`SELECT FROM documents d WHERE ${sql} IS NULL`, values);
      expect(rows).toHaveLength(0);
    }
  });

  it.each([
    [{ n: 7 }],
    [{ tags: 't1' }],
    [{ n: { $in: [1, 2, 3] } }],
    [{ 'deep.path': '/docs/1/1.md' }],
    [{ lang: 'de', n: { $gt: 5 } }],
    [{ $or: [{ n: 1 }, { tags: 't2' }] }],
  ])('finds %j by the index of metadata', async (filter) => {
    await client.query('CREATE INDEX IF NOT EXISTS documents_metadata ON documents USING gin (metadata jsonb_path_ops)');
    await client.query('SET enable_seqscan TO off');
    const { sql, values } = filterSql(parseFilter(filter), { alias: 'd', firstParameter: 1 });
    const { rows } = await client.query(`EXPLAIN SELECT FROM documents d WHERE ${sql}`, values);
    await client.query('RESET enable_seqscan');
    expect(JSON.stringify(rows)).toContain('Bitmap Index Scan on documents_metadata');
  });
});
