import { describe, expect, it } from '@jest/globals';
import type { Select } from './ast.js';
import { asksForMany, type BoundQuery, bindSql } from './bind.js';
import { Catalogue, type KnownCollection } from './catalogue.js';
import { SqlError, type SqlErrorCode } from './errors.js';
import { matchesRow } from './evaluate.js';
import type { Params } from './params.js';
import { parseSql } from './parser.js';
import { NO_ROW } from './row-filter.js';

const collection = (name: string): KnownCollection => ({
  id: `00000000-0000-4000-8000-${Buffer.from(name).toString('hex').padStart(12, '0').slice(-12)}`,
  name,
  model: 'mini',
});
const [fin, mix, odd] = [collection('c_fin'), collection('c_mix'), collection('my-coll.v2')];
const family = { name: 'kb', members: [fin, mix], route: undefined };
const catalogue = new Catalogue([fin, mix, odd], [family], new Map([['money', fin.id]]));

const bind = (query: string, params?: Params): BoundQuery => bindSql(parseSql(query) as Select, { params, catalogue });
const TEXT = "USING EMBEDDING (TEXT 'q')";

function mistakeOf(query: string, params?: Params): SqlError & { at: string | undefined } {
  try {
    bind(query, params);
  } catch (error) {
    if (error instanceof SqlError) return Object.assign(error, { at: error.span && query.slice(error.span.start, error.span.end) });
    throw error;
  }
  throw new Error(`It was bound: ${query}`);
}

describe('What FROM names', () => {
  it('L1: is a collection by its name, another name or its id, a family, or all', () => {
    expect(bind('SELECT id FROM kb').targets).toEqual([expect.objectContaining({ kind: 'family', family })]);
    for (const name of ['c_fin', 'money', `"${fin.id}"`, `"${fin.id.toUpperCase()}"`])
      expect(bind(`SELECT id FROM ${name}`).targets).toEqual([expect.objectContaining({ kind: 'collection', collection: fin })]);
    expect(bind('SELECT id FROM ALL').targets.map((target) => target.kind === 'collection' && target.collection)).toEqual([fin, mix, odd]);
    expect(bind('SELECT id FROM "my-coll.v2", c_mix').targets).toHaveLength(2);
  });

  it('L1: is refused where nobody has the name, and the nearest is suggested', () => {
    expect(mistakeOf('SELECT id FROM kbb')).toMatchObject({ code: 'E_NAME', at: 'kbb', suggestion: 'kb' });
    expect(mistakeOf('SELECT id FROM "ALL"')).toMatchObject({ code: 'E_NAME', suggestion: undefined });
  });

  it('L1: does not lead to what is not visible', () => {
    const hidden = new Catalogue([fin], [], new Map([['secret', mix.id]]));
    for (const name of ['c_mix', 'secret', `"${mix.id}"`]) {
      const ask = () => bindSql(parseSql(`SELECT id FROM ${name}`) as Select, { params: undefined, catalogue: hidden });
      expect(ask).toThrow(expect.objectContaining({ code: 'E_NAME' }));
      expect(ask).not.toThrow(expect.objectContaining({ suggestion: name }));
    }
  });
});

describe('Columns of an answer', () => {
  const namesOf = (items: string, more = '') => bind(`SELECT ${items} FROM kb ${more}`).outputs.map(({ name }) => name);

  it('L1: are called as they are written, built-in ones in small letters', () => {
    expect(namesOf('EXTERNAL_ID, Metadata.year, metadata."unit price"."v1.2", metadata.select')).toEqual([
      'external_id',
      'metadata.year',
      'metadata."unit price"."v1.2"',
      'metadata.select',
    ]);
    expect(namesOf('COUNT(*), sum(metadata.price), COUNT(DISTINCT document_id)')).toEqual(['count(*)', 'sum(metadata.price)', 'count(distinct document_id)']);
    expect(namesOf("SNIPPET(document), snippet(document, 50), COALESCE(metadata.a, 'x'), date_trunc('MONTH', metadata.at)")).toEqual([
      'snippet(document)',
      'snippet(document, 50)',
      "coalesce(metadata.a, 'x')",
      "date_trunc('month', metadata.at)",
    ]);
  });

  it('L1: of a star are four, and more may follow', () => {
    expect(namesOf('*')).toEqual(['id', 'distance', 'document', 'metadata']);
    expect(namesOf('*, collection')).toEqual(['id', 'distance', 'document', 'metadata', 'collection']);
  });

  it('L1: may stand behind the name of what is asked', () => {
    expect(bind('SELECT x.metadata.year, x.id FROM kb AS x').outputs.map(({ name }) => name)).toEqual(['metadata.year', 'id']);
    expect(bind('SELECT kb.id FROM kb').outputs.map(({ name }) => name)).toEqual(['id']);
    expect(mistakeOf('SELECT y.id FROM kb AS x')).toMatchObject({ code: 'E_NAME', at: 'y', hint: expect.stringContaining('called x') });
  });

  it.each<[string, SqlErrorCode, string | undefined, object]>([
    ['SELECT year FROM kb', 'E_NAME', 'year', { hint: expect.stringContaining('metadata.year') }],
    ['SELECT identity FROM kb', 'E_NAME', 'identity', {}],
    ['SELECT external_idd FROM kb', 'E_NAME', 'external_idd', { suggestion: 'external_id' }],
    ['SELECT title.x FROM kb', 'E_NAME', 'x', {}],
    ['SELECT id, id FROM kb', 'E_NAME', 'id', {}],
    ['SELECT id AS a, title AS a FROM kb', 'E_NAME', 'a', {}],
    ['SELECT metadata."a""b" FROM kb', 'E_NAME', '"a""b"', {}],
    ['SELECT distance FROM kb', 'E_MODE', 'distance', {}],
    ['SELECT score FROM kb', 'E_MODE', 'score', {}],
    [`SELECT query_index FROM kb ${TEXT}`, 'E_MODE', 'query_index', {}],
    [`SELECT COUNT(*) FROM kb ${TEXT}`, 'E_MODE', 'COUNT(*)', {}],
    ['SELECT title, COUNT(*) FROM kb', 'E_MODE', 'title', { hint: expect.stringContaining('GROUP BY title') }],
    ['SELECT * FROM kb GROUP BY title', 'E_MODE', '*', {}],
    ['SELECT SUM(metadata) FROM kb', 'E_TYPE', 'metadata', {}],
    ['SELECT SNIPPET(title) FROM kb', 'E_TYPE', 'title', {}],
    ['SELECT SNIPPET(document, 0) FROM kb', 'E_RANGE', '0', {}],
    ["SELECT DATE_TRUNC('decade', created_at) FROM kb", 'E_RANGE', "'decade'", {}],
    ['SELECT LENGTH(title, title) FROM kb', 'E_TYPE', 'title', {}],
  ])('L1: %s is %s', (query, code, at, rest) => {
    expect(mistakeOf(query)).toMatchObject({ code, at, ...rest });
  });
});

describe('Conditions', () => {
  const takes = (condition: string, metadata: Record<string, unknown>, columns = {}) =>
    matchesRow(bind(`SELECT id FROM kb WHERE ${condition}`).filter, { metadata, columns });

  it('L2: bind as they are read', () => {
    expect(takes('metadata.year = 2023 OR metadata.year = 2020 AND metadata.price = 99', { year: 2023 })).toBe(true);
    expect(takes('NOT metadata.year = 2020 AND metadata.tags = "y"', { year: 2021, tags: ['x', 'y'] })).toBe(true);
    expect(takes('metadata.price != 10', {})).toBe(true);
    expect(takes('metadata.price <> 10', { price: [10, 11] })).toBe(false);
    expect(takes('metadata.a NOT IN (1, 2)', { a: 3 })).toBe(true);
    expect(takes('metadata.a NOT BETWEEN 1 AND 2', { a: [1, 5] })).toBe(false);
    expect(takes("metadata.due >= '2024-02-01'", { due: '2024-01-31T23:59:59-01:00' })).toBe(true);
    expect(takes("metadata.due = TIMESTAMP '2024-02-01T00:00:00Z'", { due: '2024-02-01' })).toBe(true);
    expect(takes("metadata.due = '2024-02-01T00:00:00Z'", { due: '2024-02-01' })).toBe(false);
    expect(takes("metadata.due IN ('x', TIMESTAMP '2024-02-01')", { due: '2024-02-01T00:00:00Z' })).toBe(true);
    expect(takes("created_at = '2024-02-01'", {}, { created_at: '2024-02-01T00:00:00Z' })).toBe(true);
    expect(takes("document CONTAINS 'two' OR metadata.price = 10", { price: 1 }, { document: 'one two' })).toBe(true);
    expect(takes('chunk_index BETWEEN 1 AND 2', {}, { chunk_index: 2 })).toBe(true);
  });

  it('L2: of WHERE and WHERE_DOCUMENT hold both', () => {
    const { filter } = bind("SELECT id FROM kb WHERE_DOCUMENT CONTAINS 'lpha' OR LIKE '%two' WHERE metadata.year = 2021");
    expect(matchesRow(filter, { metadata: { year: 2021 }, columns: { document: 'alpha' } })).toBe(true);
    expect(matchesRow(filter, { metadata: { year: 2020 }, columns: { document: 'alpha' } })).toBe(false);
    expect(matchesRow(filter, { metadata: { year: 2021 }, columns: { document: 'gamma' } })).toBe(false);
  });

  it.each([
    'metadata.year BETWEEN 2021 AND 2020',
    "metadata.due BETWEEN '2024-02-02' AND '2024-02-01'",
    "external_id = 'a' AND external_id = 'b'",
    "external_id IN ('a', 'b') AND (external_id != 'a' AND title = 'x') AND NOT external_id IN ('b', 'c')",
    "external_id = 'a' AND external_id IS NULL",
    "external_id = 'a' AND external_id LIKE 'b%'",
    "id = 'no id'",
    "metadata.year = 2020 AND (metadata.x BETWEEN 2 AND 1 OR collection = 'a' AND collection = 'b')",
    'chunk_index = 1 AND chunk_index = 2',
    'metadata.a IN $1',
  ])('L2: %s is seen to take no row', (condition) => {
    expect(bind(`SELECT id FROM kb WHERE ${condition}`, condition.includes('$1') ? [[]] : undefined).filter).toEqual(NO_ROW);
  });

  it.each([
    "metadata.a = 'x' AND metadata.a = 'y'",
    "NOT (external_id = 'a' AND external_id = 'b')",
    "external_id = 'a' OR external_id = 'b'",
    "id != 'no id'",
  ])('L2: %s may take rows', (condition) => {
    expect(bind(`SELECT id FROM kb WHERE ${condition}`).filter).not.toEqual(NO_ROW);
  });

  it('L2: warn of an id that is none', () => {
    expect(bind("SELECT id FROM kb WHERE id = 'a1'").warnings).toEqual([expect.objectContaining({ code: 'W_ID', suggestion: 'external_id' })]);
    expect(bind(`SELECT id FROM kb WHERE id = '${fin.id}'`).warnings).toEqual([]);
  });

  it.each<[string, SqlErrorCode, string]>([
    ['metadata.year = NULL', 'E_NULL_CMP', 'NULL'],
    ['metadata.year IN (1, NULL)', 'E_NULL_CMP', 'NULL'],
    ["metadata.year BETWEEN 'a' AND TRUE", 'E_TYPE', "'a'"],
    ["metadata.year BETWEEN 1 AND '2024-01-01'", 'E_TYPE', "'2024-01-01'"],
    ["metadata.name > 'M'", 'E_TYPE', "'M'"],
    ['metadata.name > TRUE', 'E_TYPE', 'TRUE'],
    ["metadata.due < TIMESTAMP '2024-13-01T00:00:00Z'", 'E_TYPE', "TIMESTAMP '2024-13-01T00:00:00Z'"],
    ['id = 5', 'E_TYPE', '5'],
    ['title > 5', 'E_TYPE', '5'],
    ["chunk_index = 'a'", 'E_TYPE', "'a'"],
    ["chunk_index > '2024-01-01'", 'E_TYPE', "'2024-01-01'"],
    ["chunk_index LIKE '1%'", 'E_TYPE', "'1%'"],
    ["created_at = 'yesterday'", 'E_TYPE', "'yesterday'"],
    ["document = 'x'", 'E_UNSUPPORTED', 'document'],
    ['distance < 0.5', 'E_UNSUPPORTED', 'distance'],
    ["metadata = 'x'", 'E_UNSUPPORTED', 'metadata'],
    ["document CONTAINS ''", 'E_RANGE', "''"],
    ['document CONTAINS 5', 'E_TYPE', '5'],
    ["document REGEX '('", 'E_RANGE', "'('"],
    ["document REGEX '(a)\\\\1'", 'E_UNSUPPORTED', "'(a)\\\\1'"],
  ])('L2: WHERE %s is %s', (condition, code, at) => {
    expect(mistakeOf(`SELECT id FROM kb WHERE ${condition}`)).toMatchObject({ code, at });
  });
});

describe('Parameters', () => {
  it('L1: stand for values, lists, texts, vectors, counts and cursors', () => {
    const bound = bind('SELECT id FROM kb WHERE metadata.a = :a AND metadata.b IN :b USING EMBEDDING (TEXT :q) LIMIT :n', {
      a: "x' OR 1=1 --",
      b: [1, 'y'],
      q: 'text',
      n: 3,
    });
    expect(matchesRow(bound.filter, { columns: {}, metadata: { a: "x' OR 1=1 --", b: 'y' } })).toBe(true);
    expect(bound.ranking?.questions).toEqual([expect.objectContaining({ kind: 'text', text: 'text' })]);
    expect(bound.limit).toBe(3);
    expect(bind('SELECT id FROM kb USING EMBEDDING (VECTOR $1)', [[1, 2]]).ranking?.questions).toEqual([expect.objectContaining({ numbers: [1, 2] })]);
    expect(bind('SELECT id FROM kb AFTER $1', ['cursor']).after?.cursor).toBe('cursor');
  });

  it.each<[string, Params | undefined, SqlErrorCode, string | undefined, string]>([
    ['metadata.a = $1 AND metadata.b = :p', [1], 'E_BIND', ':p', ':p'],
    ['metadata.a = $1 AND metadata.b = $2', [1], 'E_BIND', '$2', '$2'],
    ['metadata.a = $1', undefined, 'E_BIND', '$1', '$1'],
    ['metadata.a = $1', [1, 2], 'E_BIND', undefined, '$2'],
    ['metadata.a = 1', { p: 1 }, 'E_BIND', undefined, ':p'],
    ['metadata.a = :y', { y: null }, 'E_BIND', ':y', ':y'],
    ['metadata.a = :constructor', {}, 'E_BIND', ':constructor', ':constructor'],
    ['metadata.a = $1', [{ a: 1 }], 'E_BIND', '$1', 'object'],
    ['metadata.a = $1', [2 ** 53], 'E_BIND', '$1', '2^53'],
    ['metadata.a IN $1', ['x'], 'E_BIND', '$1', 'list'],
    ['metadata.a IN $1', [[null]], 'E_BIND', '$1', 'null'],
    ['metadata.a = 1 LIMIT $1', [-1], 'E_RANGE', '$1', ''],
    ['metadata.a = 1 LIMIT $1', ['10'], 'E_BIND', '$1', 'number'],
    ['metadata.a = 1 USING EMBEDDING (TEXT $1)', [5], 'E_BIND', '$1', 'text'],
    ['metadata.a = 1 USING EMBEDDING (TEXT $1)', ['  '], 'E_RANGE', '$1', 'blank'],
    ['metadata.a = 1 USING EMBEDDING (VECTOR $1)', [[]], 'E_RANGE', '$1', 'empty'],
    ['metadata.a = 1 USING EMBEDDING (VECTOR $1)', [['1']], 'E_BIND', '$1', 'numbers'],
    ['external_id = $1', [5], 'E_BIND', '$1', '$1'],
    ['metadata.a LIKE $1', [5], 'E_BIND', '$1', '$1'],
    ['metadata.a > $1', [true], 'E_BIND', '$1', '$1'],
    ['metadata.a > $1', ['2024-02-30'], 'E_TYPE', '$1', '2024-02-30'],
  ])('L1: WHERE %s with %j is %s', (condition, params, code, at, says) => {
    expect(mistakeOf(`SELECT id FROM kb WHERE ${condition}`, params)).toMatchObject({ code, at, message: expect.stringContaining(says) });
  });
});

describe('whole numbers beyond what a double holds', () => {
  it('L1: are compared digit by digit', () => {
    const takes = (condition: string, v: number) =>
      matchesRow(bind(`SELECT id FROM kb WHERE metadata.v ${condition}`).filter, { columns: {}, metadata: { v } });
    const two53 = 2 ** 53;
    expect([takes('= 9007199254740992', two53), takes('IN (1, 9007199254740992)', two53), takes('!= 9007199254740992', two53)]).toEqual([true, true, false]);
    expect([takes('= 9007199254740993', two53), takes('IN (1, 9007199254740993)', 1), takes('NOT IN (9007199254740993)', two53)]).toEqual([false, true, true]);
  });
});

describe('Counts', () => {
  it.each<[string, number]>([
    ['', 10],
    ['TOPK 3', 3],
    ['LIMIT 5', 10],
    ['LIMIT 15', 15],
    ['TOPK 2 LIMIT 3 OFFSET 1', 4],
    ['OFFSET 4', 14],
    ['TOPK 10 OFFSET 4', 10],
  ])('L5: %s finds %i rows before they are cut', (counts, k) => {
    expect(bind(`SELECT id FROM kb ${TEXT} ${counts}`).ranking?.k).toBe(k);
  });

  it.each<[string, SqlErrorCode, string]>([
    [`${TEXT} TOPK 0`, 'E_RANGE', '0'],
    [`${TEXT} TOPK 2.5`, 'E_TYPE', '2.5'],
    [`${TEXT} TOPK 10001`, 'E_LIMIT', '10001'],
    ['LIMIT -1', 'E_RANGE', '-1'],
    ['LIMIT 5001 OFFSET 5000', 'E_LIMIT', '5000'],
    ['TOPK 5', 'E_MODE', 'TOPK'],
    ['WITH SCORE THRESHOLD 0.2', 'E_MODE', 'WITH'],
    ['SIMILARITY COSINE', 'E_MODE', 'SIMILARITY'],
    ['FUSION RRF', 'E_MODE', 'FUSION'],
    ["RERANK WITH 'm'", 'E_MODE', 'RERANK'],
    ['GROUP BY title SIZE 3', 'E_MODE', 'GROUP'],
    ["OFFSET 1 AFTER 'x'", 'E_MODE', 'AFTER'],
    [`${TEXT} ORDER BY title AFTER 'x'`, 'E_MODE', 'ORDER'],
    [`${TEXT} HAVING COUNT(*) > 1`, 'E_MODE', 'HAVING'],
    ["USING HYBRID (TEXT 'q') WITH MAX DISTANCE 0.3", 'E_MODE', 'WITH'],
    ['ORDER BY distance', 'E_MODE', 'distance'],
    ["USING EMBEDDING BATCH (TEXT 'a', TEXT 'b') ORDER BY query_index", 'E_MODE', 'query_index'],
    [`${TEXT} ON nothing`, 'E_NAME', 'nothing'],
    [`${TEXT} OFFSET 9991`, 'E_LIMIT', '9991'],
    ['OFFSET 10000', 'E_LIMIT', '10000'],
    ['ORDER BY document', 'E_MODE', 'document'],
    ['ORDER BY metadata', 'E_MODE', 'metadata'],
    [`${TEXT} RERANK BY MMR (lambda = 2)`, 'E_RANGE', '2'],
    [`${TEXT} RERANK BY MMR (lambda = 0.5, lambda = 0.5)`, 'E_DUP', 'lambda'],
    ["USING HYBRID (TEXT 'q') FUSION RRF (weights = [1])", 'E_RANGE', '[1]'],
    ["USING HYBRID (TEXT 'q') FUSION RRF (weights = [0, 0])", 'E_RANGE', '[0, 0]'],
    ["USING HYBRID (TEXT 'q') FUSION DBSF (k = 5)", 'E_NAME', 'k'],
    ["USING HYBRID (DENSE TEXT 'q', SPARSE VECTOR [1])", 'E_TYPE', 'VECTOR [1]'],
    ["USING EMBEDDING (TEXT ' ')", 'E_RANGE', "' '"],
    [`USING EMBEDDING (TEXT '${'x'.repeat(32_769)}')`, 'E_LIMIT', `'${'x'.repeat(32_769)}'`],
    ["WITH (on_failure = 'explode')", 'E_RANGE', "'explode'"],
    ['WITH (timeout_ms = 60001)', 'E_LIMIT', '60001'],
    ["WITH (strict_route = 'yes')", 'E_TYPE', "'yes'"],
  ])('L5: %s is %s', (clauses, code, at) => {
    expect(mistakeOf(`SELECT id FROM kb ${clauses}`)).toMatchObject({ code, at });
  });

  it('L5: of options their names are suggested', () => {
    expect(mistakeOf(`SELECT id FROM kb ${TEXT} RERANK BY MMR (lamda = 0.4)`)).toMatchObject({ code: 'E_NAME', at: 'lamda', suggestion: 'lambda' });
    expect(mistakeOf('SELECT id FROM kb WITH (timeout = 5)')).toMatchObject({ code: 'E_NAME', at: 'timeout' });
  });
});

describe('Rows that are sent as they are read', () => {
  const streamed = (query: string, params?: Params) => bindSql(parseSql(query) as Select, { params, catalogue, isStreamed: true });
  const codeOf = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      return (error as SqlError).code;
    }
    return undefined;
  };

  it('L2: may be a million, where nothing ranks or counts them', () => {
    expect(streamed('SELECT id FROM kb LIMIT 1000000').limit).toBe(1_000_000);
    expect(streamed('SELECT id FROM kb LIMIT $1 OFFSET 5', [999_995]).limit).toBe(999_995);
    for (const clauses of ['LIMIT 1000001', 'LIMIT 1000000 OFFSET 1', 'GROUP BY title LIMIT 10001', `${TEXT} LIMIT 10001`, `${TEXT} TOPK 10001`])
      expect([clauses, codeOf(() => streamed(`SELECT ${clauses.startsWith('GROUP') ? 'title' : 'id'} FROM kb ${clauses}`))]).toEqual([clauses, 'E_LIMIT']);
  });

  it('L2: are known before anything is bound, by a count that may be a parameter', () => {
    const many = (query: string, params?: Params) => asksForMany(parseSql(query) as Select, params);
    expect(many('SELECT id FROM kb LIMIT 10000')).toBe(false);
    expect(many('SELECT id FROM kb LIMIT 10000 OFFSET 1')).toBe(true);
    expect(many('SELECT id FROM kb LIMIT $1', [10_001])).toBe(true);
    expect(many('SELECT id FROM kb LIMIT :most', { most: 20_000 })).toBe(true);
    expect([many('SELECT id FROM kb'), many('SELECT id FROM kb LIMIT $1'), many('SELECT id FROM kb LIMIT $1', ['many'])]).toEqual([false, false, false]);
  });
});

describe('Rankings, groups and orders', () => {
  it('L1: keep what the statement says of them', () => {
    const { ranking, mode, warnings } = bind(
      "SELECT id FROM kb USING HYBRID (DENSE TEXT 'd', SPARSE TEXT 's') FUSION RRF (k = 30, weights = [1, 2]) RERANK BY MMR (lambda = 0.3)",
    );
    expect(mode).toBe('hybrid');
    expect(ranking).toMatchObject({
      questions: [{ text: 'd' }],
      sparse: { text: 's' },
      fusion: { method: 'RRF', k: 30, weights: [1, 2] },
      rerank: { kind: 'mmr', lambda: 0.3 },
    });
    expect(warnings).toEqual([]);
    const old = bind(`SELECT id FROM kb ${TEXT} SIMILARITY cosine WITH SCORE THRESHOLD 0.8`);
    expect(old.ranking).toMatchObject({ threshold: { kind: 'distance', value: 0.8 }, metric: { metric: 'COSINE' } });
    expect(old.warnings).toEqual([expect.objectContaining({ message: expect.stringContaining('MAX DISTANCE') })]);
    expect(bind("SELECT query_index FROM kb USING EMBEDDING BATCH (TEXT 'a', TEXT 'b') MERGE BEST").ranking).toMatchObject({ isBatch: true, mergesBest: true });
    expect(bind(`SELECT id FROM kb ${TEXT} GROUP BY document_id`).ranking?.groupSize).toBe(1);
  });

  it('L2: know columns by their new names', () => {
    const bound = bind(
      "SELECT DATE_TRUNC('month', metadata.at) AS month, COUNT(*) AS n FROM kb GROUP BY month HAVING n >= 2 AND month > '2024-01-01' ORDER BY n DESC, month NULLS FIRST",
    );
    expect(bound.mode).toBe('aggregate');
    expect(bound.groupBy.map(({ what }) => what.kind)).toEqual(['date_trunc']);
    expect(bound.order).toMatchObject([
      { what: { kind: 'aggregate' }, descending: true, nullsFirst: false },
      { what: { kind: 'date_trunc' }, nullsFirst: true },
    ]);
    expect(bound.having).toMatchObject({
      kind: 'all',
      of: [{ test: { low: { bound: 2, isInclusive: true } } }, { what: { kind: 'date_trunc' }, test: { low: { bound: { moment: '2024-01-01' } } } }],
    });
    expect(mistakeOf("SELECT id FROM kb GROUP BY id HAVING COUNT(*) > 'many'")).toMatchObject({ code: 'E_TYPE', at: "'many'" });
    expect(bind('SELECT id FROM kb HAVING COUNT(*) BETWEEN 1 AND 5 GROUP BY id').having).toMatchObject({
      test: { is: 'range', low: { bound: 1 }, high: { bound: 5 } },
    });
    expect(mistakeOf('SELECT title, COUNT(*) AS many FROM kb GROUP BY title HAVING mayn > 1')).toMatchObject({
      code: 'E_NAME',
      at: 'mayn',
      suggestion: 'many',
    });
    expect(mistakeOf('SELECT COUNT(*) FROM kb GROUP BY COUNT(*)')).toMatchObject({ code: 'E_MODE' });
    expect(mistakeOf('SELECT COUNT(*) FROM kb ORDER BY title')).toMatchObject({ code: 'E_MODE', at: 'title' });
  });
});
