import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Sql, TenantScope } from '@cairn/common';
import {
  type BoundQuery,
  type BoundSelected,
  bindSql,
  Catalogue,
  type Field,
  type Having,
  matchesRow,
  parseSql,
  type Row,
  type Select,
} from '@cairn/retrieval/sql';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { countGroups } from './count-groups.js';
import { listRows } from './list-rows.js';
import { isExact, Rows } from './rows-asked.js';

// What statements mean in memory, against what Postgres answers, where others have the same rows. `STATEMENTS=20000 npm test -- --testPathPatterns rows-oracle` asks more.

const STATEMENTS = Number(process.env.STATEMENTS ?? 800);
const STATEMENTS_AT_ONCE = 40;

const TABLES = `
CREATE TEMPORARY TABLE documents (org_id uuid, id uuid, external_id text, file_name text, file_path text, title text, mime_type text, metadata jsonb, facts jsonb DEFAULT '{}',
  created_at timestamptz, updated_at timestamptz, deleted_at timestamptz);
CREATE TEMPORARY TABLE chunks (org_id uuid, index_id uuid, document_id uuid, number integer, id uuid, text text)`;

let client: pg.Client;
const sql = { rows: async (text: string, values: unknown[]) => (await client.query(text, values)).rows } as unknown as Sql;

beforeAll(async () => {
  const { postgres } = JSON.parse(readFileSync(process.env.STACK_JSON as string, 'utf8')) as { postgres: { ownerUrl: string } };
  client = new pg.Client({ connectionString: postgres.ownerUrl });
  await client.connect();
  // A statement means the same whatever the connection's settings are.
  await client.query("SET timezone TO 'Asia/Kathmandu'; SET datestyle TO 'SQL, DMY'");
  await client.query(TABLES);
  await client.query('BEGIN');
});

afterAll(() => client?.end());

// ---- rows: few names and few values, so that they meet

const NAMES = ['a', 'b', 'c d', 'ü'];
const TEXTS = [
  '',
  'a',
  'ab',
  'Ab c',
  'b',
  '10',
  'İstanbul ΟΔΟΣ',
  'ß ǅ',
  'a%b_c',
  '2024-06-01',
  '2024-06-01T00:00:00Z',
  '2024-06-01T02:00:00+02:00',
  '2023-01-05T10:11:12.5Z',
  '🙂',
  'true',
];
const NUMBERS = [0, -1, 1, 10, 10.5, -2.25, 1e15, 0.1, 1e-7, -1e300];
const scalar = fc.oneof(fc.constantFrom(...TEXTS), fc.constantFrom(...NUMBERS), fc.boolean());
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { weight: 6, arbitrary: scalar },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
    { weight: 2, arbitrary: fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 3 }) },
  ),
}));
const metadata = fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 4 }) as fc.Arbitrary<Record<string, unknown>>;

interface Kept {
  id: string;
  row: Row;
}

const COLLECTIONS = ['one', 'two', 'three'].map((name) => ({ id: randomUUID(), indexId: randomUUID(), name, model: 'm' }));
const ORG = randomUUID();
const OTHER = randomUUID();
const scope = { orgId: ORG } as unknown as TenantScope;

const document = fc.record({
  collection: fc.constantFrom(...COLLECTIONS),
  title: fc.option(fc.constantFrom(...TEXTS)),
  createdAt: fc.constantFrom('2024-06-01T00:00:00.000000Z', '2024-06-01T00:00:00.000001Z', '2025-01-01T12:30:00.000000Z'),
  metadata,
  chunks: fc.array(fc.constantFrom(...TEXTS), { minLength: 1, maxLength: 2 }),
});
const corpus = fc.array(document, { minLength: 12, maxLength: 25 });

async function keep(documents: typeof corpus extends fc.Arbitrary<infer T> ? T : never): Promise<Kept[]> {
  await client.query('TRUNCATE documents, chunks');
  const kept: Kept[] = [];
  for (const org of [ORG, OTHER]) {
    const rows = { documents: [] as object[], chunks: [] as object[] };
    for (const [at, { collection, title, createdAt, metadata: given, chunks }] of documents.entries()) {
      const [documentId, externalId] = [randomUUID(), `d${at}`];
      const common = { external_id: externalId, title, created_at: createdAt, file_name: `${externalId}.txt`, metadata: given };
      rows.documents.push({ ...common, org_id: org, id: documentId, updated_at: createdAt, facts: {} });
      // Chunks of an index that does not serve are there too.
      for (const index_id of [collection.indexId, randomUUID()])
        for (const [number, text] of chunks.entries()) {
          const id = randomUUID();
          rows.chunks.push({ org_id: org, index_id, document_id: documentId, number, id, text });
          if (org !== ORG || index_id !== collection.indexId) continue;
          const columns = {
            ...{ id, chunk_id: id, external_id: externalId, document_id: documentId, title, file_name: `${externalId}.txt`, collection: collection.name },
            ...{ chunk_index: number, created_at: createdAt, updated_at: createdAt, document: text, file_path: null, mime_type: null },
          };
          kept.push({ id, row: { columns, metadata: given } });
        }
    }
    for (const [table, of] of Object.entries(rows))
      await client.query(`INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1)`, [JSON.stringify(of)]);
  }
  return kept;
}

// ---- statements

const quoted = (text: string) => `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
const literal = scalar.map((one) => (typeof one === 'string' ? quoted(one) : String(one).toUpperCase().replace('E', 'e')));
const path = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 2 }).map((keys) => `metadata.${keys.map((key) => `"${key}"`).join('.')}`);
const field = fc.oneof({ weight: 5, arbitrary: path }, { weight: 1, arbitrary: fc.constantFrom('title', 'external_id', 'collection') });
const bound = fc.oneof(
  fc.constantFrom(...NUMBERS).map(String),
  fc.constantFrom("'2024-06-01'", "TIMESTAMP '2023-01-05T10:11:12.5Z'", "'2024-06-01T00:00:00Z'"),
);
const needle = fc.constantFrom("'a'", "'A'", "'b'", "'σ'", "'ab'", "'ISTANBUL'", "'ß'");
const NOT = fc.constantFrom('', 'NOT ');
const test = fc.oneof(
  fc.tuple(field, fc.constantFrom('IS NULL', 'IS NOT NULL')).map((parts) => parts.join(' ')),
  fc.tuple(path, fc.constantFrom('=', '!='), literal).map((parts) => parts.join(' ')),
  fc.tuple(path, NOT, fc.array(literal, { minLength: 1, maxLength: 4 })).map(([of, not, values]) => `${of} ${not}IN (${values.join(', ')})`),
  fc.tuple(path, fc.constantFrom('<', '<=', '>', '>='), bound).map((parts) => parts.join(' ')),
  fc.tuple(path, NOT, fc.constantFrom(...NUMBERS), fc.constantFrom(...NUMBERS)).map(([of, not, low, high]) => `${of} ${not}BETWEEN ${low} AND ${high}`),
  fc
    .tuple(fc.constantFrom('created_at', 'updated_at'), fc.constantFrom('=', '<', '>=', '!='), fc.constantFrom("'2024-06-01'", "'2025-01-01T12:30:00Z'"))
    .map((p) => p.join(' ')),
  fc.tuple(fc.constant('chunk_index'), fc.constantFrom('=', '>', '<='), fc.constantFrom('0', '1')).map((parts) => parts.join(' ')),
  fc
    .tuple(fc.constantFrom('external_id', 'title', 'collection'), NOT, fc.constantFrom("'d1'", "'ab'", "'two'", "''"))
    .map(([of, not, text]) => `${of} ${not}IN (${text}, 'd3')`),
  fc
    .tuple(
      fc.oneof(field, fc.constant('document')),
      NOT,
      fc.constantFrom('CONTAINS', 'ICONTAINS', 'LIKE', 'ILIKE', 'MATCH', 'MATCH ANY', 'MATCH PHRASE', 'REGEX'),
      needle,
    )
    .map((parts) => parts.join(' ').replaceAll('  ', ' ')),
  fc
    .tuple(fc.constant('document'), fc.constantFrom('LIKE', 'ILIKE'), fc.constantFrom("'%b%'", "'_'", "'a\\%%'", "'A_ %'", "'%'"))
    .map((parts) => parts.join(' ')),
);
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    test,
    fc.tuple(tie('condition'), fc.constantFrom('AND', 'OR'), tie('condition')).map(([a, word, b]) => `(${a} ${word} ${b})`),
    tie('condition').map((inner) => `NOT (${inner})`),
  ),
}));
const where = fc.option(condition).map((text) => (text === null ? '' : ` WHERE ${text}`));
const from = fc.constantFrom('one', 'one, three', 'ALL', 'two, one');
const direction = fc.constantFrom('', ' DESC', ' ASC NULLS FIRST', ' DESC NULLS FIRST');
const func = path.chain((of) =>
  fc.constantFrom(`LENGTH(${of})`, `LOWER(${of})`, `UPPER(${of})`, `COALESCE(${of}, 5)`, `COALESCE(${of}, 'a')`, `DATE_TRUNC('month', ${of})`),
);
const sortKey = fc.tuple(fc.oneof(path, func, fc.constantFrom('title', 'created_at', 'chunk_index', 'collection')), direction).map((parts) => parts.join(''));
const orderBy = fc.array(sortKey, { maxLength: 3 }).map((keys) => (keys.length === 0 ? '' : ` ORDER BY ${keys.join(', ')}`));
const listing = fc
  .tuple(from, where, orderBy, fc.nat(6), fc.nat(3))
  .map(([of, conditions, order, limit, offset]) => `SELECT id FROM ${of}${conditions}${order} LIMIT ${limit + 1} OFFSET ${offset}`);

const groupKey = fc.oneof({ weight: 3, arbitrary: path }, func, fc.constantFrom('title', 'collection', 'chunk_index', 'created_at'));
const aggregated = fc.oneof(path, fc.constantFrom('title', 'chunk_index', 'created_at', 'document_id'));
const aggregate = fc.oneof(
  fc.constant('COUNT(*)'),
  fc.tuple(fc.constantFrom('COUNT', 'SUM', 'AVG', 'MIN', 'MAX'), aggregated).map(([name, of]) => `${name}(${of})`),
  aggregated.map((of) => `COUNT(DISTINCT ${of})`),
);
const having = fc.option(
  fc.oneof(
    fc.tuple(aggregate, fc.constantFrom('=', '!=', '<', '>='), bound).map((parts) => parts.join(' ')),
    fc.tuple(aggregate, fc.constantFrom('=', '!='), literal).map((parts) => `NOT ${parts.join(' ')}`),
    aggregate.map((of) => `${of} BETWEEN 1 AND 3`),
  ),
);
const counting = fc
  .tuple(from, where, fc.uniqueArray(groupKey, { maxLength: 2 }), fc.uniqueArray(aggregate, { minLength: 1, maxLength: 3 }), having, fc.option(aggregate))
  .map(([of, conditions, keys, aggregates, kept, sort]) => {
    const parts = [`SELECT ${[...keys, ...aggregates].join(', ')} FROM ${of}${conditions}`];
    if (keys.length > 0) parts.push(`GROUP BY ${keys.join(', ')}`);
    if (kept !== null) parts.push(`HAVING ${kept}`);
    if (sort !== null) parts.push(`ORDER BY ${sort}`);
    return parts.join(' ');
  });

// ---- what they mean

const catalogue = new Catalogue(COLLECTIONS);
const boundTo = (text: string): BoundQuery => bindSql(parseSql(text) as Select, { params: undefined, catalogue });
const collectionsOf = (query: BoundQuery) => query.targets.flatMap((target) => (target.kind === 'collection' ? [target.collection] : []));
const indexesOf = (query: BoundQuery) => {
  const ids = new Set(collectionsOf(query).map(({ id }) => id));
  return COLLECTIONS.filter(({ id }) => ids.has(id)).map(({ id, indexId, name }) => ({ indexId, collectionId: id, collectionName: name }));
};
const look = { pause: async () => undefined };

const rowsOf = (query: BoundQuery, kept: Kept[]): Kept[] => {
  const names = collectionsOf(query).map(({ name }) => name);
  return kept.filter(({ row }) => names.includes(row.columns.collection as string) && matchesRow(query.filter, row));
};

/** Lists looked through, null left out. */
function each(of: Field, { columns, metadata: given }: Row): unknown[] {
  const flat = (one: unknown) => (Array.isArray(one) ? one : [one]).filter((item) => item !== null && item !== undefined);
  if (of.kind === 'column') return flat(columns[of.name]);
  let values: unknown[] = [given];
  for (const key of of.keys)
    values = values.flatMap((one) =>
      typeof one === 'object' && one !== null && !Array.isArray(one) && Object.hasOwn(one, key) ? flat((one as Record<string, unknown>)[key]) : [],
    );
  return values;
}

/** As it stands there; of a path through lists what is found. */
function whole(of: Field, row: Row): unknown {
  if (of.kind === 'column') return row.columns[of.name] ?? null;
  let at: unknown = row.metadata;
  for (const key of of.keys)
    at = typeof at === 'object' && at !== null && !Array.isArray(at) && Object.hasOwn(at, key) ? (at as Record<string, unknown>)[key] : undefined;
  if (at !== undefined) return at;
  const parent = { kind: 'metadata', keys: of.keys.slice(0, -1) } as const;
  const last = of.keys.at(-1) as string;
  const found =
    of.keys.length === 1
      ? []
      : each(parent, row).flatMap((one) =>
          typeof one === 'object' && !Array.isArray(one) && Object.hasOwn(one as object, last) ? [(one as Record<string, unknown>)[last]] : [],
        );
  return found.length === 0 ? null : found;
}

const rank = (one: unknown) => ['boolean', 'number', 'string'].indexOf(typeof one);
function compare(a: unknown, b: unknown): number {
  if (rank(a) !== rank(b)) return (rank(a) < 0 ? 3 : rank(a)) - (rank(b) < 0 ? 3 : rank(b));
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  if (rank(a) < 0) return 0;
  return Number(a) - Number(b);
}

function single(what: BoundSelected, row: Row): unknown {
  const text = (of: Field): string | null => {
    const found = whole(of, row);
    return typeof found === 'string' ? found : null;
  };
  switch (what.kind) {
    case 'field':
      return whole(what.field, row);
    case 'length': {
      const found = text(what.field);
      return found === null ? null : Array.from(found).length;
    }
    case 'lower':
      return text(what.field)?.toLowerCase() ?? null;
    case 'upper':
      return text(what.field)?.toUpperCase() ?? null;
    case 'date_trunc':
      return truncated(text(what.field));
    case 'coalesce':
      return each(what.field, row).length === 0 ? what.otherwise : whole(what.field, row);
    default:
      throw new Error(what.kind);
  }
}

function truncated(text: unknown): string | null {
  const time = typeof text === 'string' && /^\d{4}-\d\d-\d\d(T|$)/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? null : `${new Date(time).toISOString().slice(0, 7)}-01T00:00:00Z`;
}

/** Of several values that a row has, the one that counts. */
function sortValue(what: BoundSelected, descending: boolean, row: Row): unknown {
  if (what.kind !== 'field' && what.kind !== 'coalesce') return single(what, row);
  const values = each(what.field, row)
    .filter((one) => rank(one) >= 0)
    .sort(compare);
  return (descending ? values.at(-1) : values[0]) ?? (what.kind === 'coalesce' ? what.otherwise : null);
}

function compareRows(query: BoundQuery, a: Kept, b: Kept): number {
  for (const { what, descending, nullsFirst } of query.order) {
    const [x, y] = [sortValue(what, descending, a.row), sortValue(what, descending, b.row)];
    if (x === null && y === null) continue;
    if (x === null || y === null) return (x === null) === nullsFirst ? -1 : 1;
    const order = compare(x, y);
    if (order !== 0) return descending ? -order : order;
  }
  const [p, q] = [a.row.columns, b.row.columns];
  return compare(p.collection, q.collection) || compare(p.external_id, q.external_id) || compare(p.chunk_index, q.chunk_index);
}

function groupValues(what: BoundSelected, row: Row): unknown[] {
  if (what.kind === 'field') return each(what.field, row);
  if (what.kind === 'coalesce') return each(what.field, row).length === 0 ? [what.otherwise] : each(what.field, row);
  const of = (what as { field: Field }).field;
  return each(of, row).map((one) => single({ ...what, field: { kind: 'metadata', keys: ['x'] } } as BoundSelected, { columns: {}, metadata: { x: one } }));
}

const keyOf = (one: unknown): string =>
  JSON.stringify(one, (_, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : Object.is(inner, -0)
        ? 0
        : inner,
  );
const distinct = (values: unknown[]) => [...new Map(values.map((one) => [keyOf(one), one])).values()];

function aggregateOf(what: BoundSelected & { kind: 'aggregate' }, rows: Row[]): unknown {
  if (what.of === undefined) return rows.length;
  const of = what.of;
  const values = rows.flatMap((row) => each(of, row));
  const numbers = values.filter((one) => typeof one === 'number');
  const scalars = values.filter((one) => rank(one) >= 0).sort(compare);
  switch (what.name) {
    case 'COUNT':
      return what.distinct ? distinct(values).length : rows.filter((row) => each(of, row).length > 0).length;
    case 'SUM':
      return numbers.length === 0 ? null : numbers.reduce((sum, one) => sum + one, 0);
    case 'AVG':
      return numbers.length === 0 ? null : numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
    case 'MIN':
      return scalars[0] ?? null;
    case 'MAX':
      return scalars.at(-1) ?? null;
  }
}

function groupsOf(query: BoundQuery, rows: Row[]): unknown[][] {
  const groups = new Map<string, { keys: unknown[]; rows: Row[] }>();
  if (query.groupBy.length === 0) groups.set('', { keys: [], rows });
  else
    for (const row of rows) {
      const lists = query.groupBy.map(({ what }) => {
        const values = distinct(groupValues(what, row));
        return values.length === 0 ? [null] : values;
      });
      for (const keys of lists.reduce<unknown[][]>((all, list) => all.flatMap((before) => list.map((one) => [...before, one])), [[]])) {
        const known = groups.get(keyOf(keys)) ?? { keys, rows: [] };
        known.rows.push(row);
        groups.set(keyOf(keys), known);
      }
    }
  const shownOf = (what: BoundSelected, group: { keys: unknown[]; rows: Row[] }) =>
    what.kind === 'aggregate' ? aggregateOf(what, group.rows) : group.keys[query.groupBy.findIndex((key) => isDeepStrictEqual(key.what, what))];
  const passes = (of: Having, group: { keys: unknown[]; rows: Row[] }): boolean => {
    if (of.kind === 'not') return !passes(of.of, group);
    if (of.kind !== 'test') return of.kind === 'all' ? of.of.every((part) => passes(part, group)) : of.of.some((part) => passes(part, group));
    return matchesRow({ kind: 'test', field: { kind: 'metadata', keys: ['x'] }, test: of.test }, { columns: {}, metadata: { x: shownOf(of.what, group) } });
  };
  return [...groups.values()]
    .filter((group) => query.having === undefined || passes(query.having, group))
    .map((group) => query.outputs.map(({ what }) => shownOf(what, group)));
}

/** Sums in another order differ in their last digits. */
const rounded = (one: unknown): unknown => (typeof one === 'number' && !Number.isInteger(one) ? Number(one.toPrecision(10)) : one);

async function everyCorpus(statements: fc.Arbitrary<string>, check: (text: string, kept: Kept[]) => Promise<void>): Promise<void> {
  const times = Math.ceil(STATEMENTS / STATEMENTS_AT_ONCE);
  await fc.assert(
    fc.asyncProperty(corpus, fc.array(statements, { minLength: STATEMENTS_AT_ONCE, maxLength: STATEMENTS_AT_ONCE }), async (documents, texts) => {
      const kept = await keep(documents);
      for (const text of texts) await check(text, kept).catch((error) => Promise.reject(Object.assign(error, { message: `${text}\n${error.message}` })));
    }),
    {
      numRuns: times,
      endOnFailure: true,
      reporter: ({ failed, seed, errorInstance }) => {
        if (failed) throw new Error(`seed ${seed}: ${(errorInstance as Error).message}`);
      },
    },
  );
}

describe('Rows of a statement', () => {
  it(`L2: ${STATEMENTS} lists are those of memory, page by page too`, async () => {
    let looked = 0;
    await everyCorpus(listing, async (text, kept) => {
      const query = boundTo(text);
      const [limit, offset] = [query.limit as number, query.offset];
      const wanted = rowsOf(query, kept)
        .sort((a, b) => compareRows(query, a, b))
        .map(({ id }) => id);
      if (!isExact(query.filter)) looked++;
      const asked = { indexes: indexesOf(query), filter: query.filter };
      const page = await listRows(sql, await Rows.of(sql, scope, asked, look), query, { limit, offset });
      expect(page.rows.flat()).toEqual(wanted.slice(offset, offset + limit));
      expect(page.next !== undefined).toBe(wanted.length > offset + limit);
      if (page.next === undefined) return;
      const more = await listRows(sql, await Rows.of(sql, scope, asked, look), query, { limit, offset: 0, after: page.next });
      expect(more.rows.flat()).toEqual(wanted.slice(offset + limit, offset + 2 * limit));
    });
    expect(looked).toBeGreaterThan(STATEMENTS / 20);
  }, 3_600_000);

  it(`L2: ${STATEMENTS} counts are those of memory`, async () => {
    await everyCorpus(counting, async (text, kept) => {
      const query = boundTo(text);
      const wanted = groupsOf(
        query,
        rowsOf(query, kept).map(({ row }) => row),
      );
      const asked = { indexes: indexesOf(query), filter: query.filter };
      const { rows } = await countGroups(sql, await Rows.of(sql, scope, asked, look), query, { limit: 10_000, offset: 0 });
      const comparable = (of: unknown[][]) => of.map((row) => keyOf(row.map(rounded))).sort();
      expect(comparable(rows)).toEqual(comparable(wanted));
    });
  }, 3_600_000);
});
