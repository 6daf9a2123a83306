import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Statement } from './ast.js';
import { nearestOf, placeOf, SqlError } from './errors.js';
import { formatSql } from './format.js';
import { parseSql } from './parser.js';

/** What is said, without where it stands. */
function meaningOf(statement: Statement): unknown {
  return JSON.parse(
    JSON.stringify(statement, (key, value) => {
      if (['span', 'at', 'askedAt', 'quoted', 'isOldSpelling'].includes(key)) return undefined;
      if (key === 'star') return true;
      return typeof value === 'bigint' ? `${value}n` : value;
    }),
  );
}

const parsed = (text: string) => meaningOf(parseSql(text));

function mistakeOf(text: string): SqlError {
  try {
    parseSql(text);
  } catch (error) {
    if (error instanceof SqlError) return error;
    throw error;
  }
  throw new Error(`${text} was taken`);
}

/** The part of the text that a mistake points at. */
const markedBy = (text: string) => {
  const { span } = mistakeOf(text);
  return span && text.slice(span.start, span.end);
};

const where = (condition: string) => `SELECT id FROM kb WHERE ${condition}`;

/** Statements of every kind and clause, in no particular order of their clauses. */
const STATEMENTS = [
  'SELECT * FROM kb',
  'EXPLAIN SELECT *, collection FROM ALL AS a LIMIT 3',
  'EXPLAIN ANALYZE SELECT id FROM "my-coll.v2", kb AS "both of them" OFFSET $1',
  'DESCRIBE "all"',
  `SELECT external_id AS limit, metadata."unit price"."v1.2", "from" AS "a ""b""" FROM kb WHERE metadata.year >= 2020 AND NOT (metadata.tags IN ('x', 5, TRUE) OR a.b IS NOT NULL)`,
  `SELECT id FROM kb WHERE a NOT IN :names AND b NOT BETWEEN TIMESTAMP '2024-01-01' AND $2 AND c NOT LIKE 'a\\%b' OR d MATCH ANY 'x y' AND NOT e MATCH PHRASE :p`,
  `SELECT id FROM kb WHERE_DOCUMENT NOT CONTAINS 'it''s' OR REGEX '\\\\d+' AND IS NOT NULL WHERE a = -9223372036854775808`,
  `SELECT id, distance FROM kb TOPK 10 USING EMBEDDING (TEXT 'what' MODEL 'a-model') ON image SIMILARITY COSINE WITH MAX DISTANCE 0.5`,
  `SELECT id FROM kb USING EMBEDDING BATCH (TEXT $1, VECTOR [1, -2.5, 1e-9], VECTOR :v) MERGE BEST WITH MIN SCORE .5 WITH (timeout_ms = 5000, weights = [1, 2.5])`,
  `SELECT id FROM kb USING HYBRID (DENSE TEXT 'a', SPARSE TEXT 'b') FUSION RRF (k = 60, weights = [1, 1]) RERANK BY MMR (lambda = 0.5) LIMIT 3`,
  `SELECT id FROM kb USING HYBRID (TEXT 'a') FUSION DBSF RERANK WITH 'a reranker' TOP 20 AFTER $1`,
  `SELECT COUNT(*) AS n, COUNT(DISTINCT a.b), SUM(a) FROM kb GROUP BY DATE_TRUNC('month', metadata.at), metadata.city SIZE 3 HAVING n >= 2 AND NOT COUNT(*) BETWEEN 3 AND 5 ORDER BY n DESC NULLS FIRST, LOWER(x), AVG(y) NULLS LAST`,
];

describe('statements', () => {
  it.each(STATEMENTS)('L1: are read back from their normal form as the same: %s', (text) => {
    const normal = formatSql(parseSql(text));
    expect(parsed(normal)).toEqual(parsed(text));
    expect(formatSql(parseSql(normal))).toBe(normal);
  });

  it('L1: have their clauses in any order, in letters of any size, with comments and white space of any kind', () => {
    expect(parsed('\ufeffselect\u00a0id -- the id\nfrom kb limit 5 /* and\n more */ where a = 1;')).toEqual(parsed('SELECT id FROM kb WHERE a = 1 LIMIT 5'));
  });

  it('L1: give AND before OR, and leave words that mean something elsewhere as names', () => {
    expect(formatSql(parseSql('SELECT select, where.order FROM limit AS from WHERE like = 1 OR in = 2 AND contains CONTAINS $1'))).toBe(
      'SELECT "select", "where"."order" FROM "limit" AS "from" WHERE "like" = 1 OR "in" = 2 AND "contains" CONTAINS $1',
    );
  });

  it('L1: have values as they were meant', () => {
    const literals = (text: string) => {
      const statement = parseSql(where(`a IN (${text})`));
      const condition = statement.kind === 'select' ? statement.clauses.where?.is : undefined;
      return condition?.kind === 'in' && !('kind' in condition.values) ? condition.values.map((value) => 'value' in value && value.value) : undefined;
    };
    expect(literals(`+7, -1.5, .5, 5., 1e3, 007, 9007199254740993, -0`)).toEqual([7, -1.5, 0.5, 5, 1000, 7, 9007199254740993n, 0]);
    expect(literals(`'it''s', 'it\\'s', "a ""b""", r'C:\\new', '\\u00e9\\u{1F600}\\ud83d\\ude00', '100\\%'`)).toEqual([
      "it's",
      "it's",
      'a "b"',
      'C:\\new',
      'é😀😀',
      '100\\%',
    ]);
  });
});

describe('mistakes', () => {
  it.each([
    ["SELECT id FROM kb WHERE a = 'open", 'E_LEX', "'"],
    ['SELECT id FROM kb /* open', 'E_LEX', '/*'],
    [where('a = 1e999'), 'E_LEX', '1e999'],
    [where('a = 0x10'), 'E_LEX', '0x10'],
    [where('a = 9223372036854775808'), 'E_LEX', '9223372036854775808'],
    [where('a = \u2018x\u2019'), 'E_LEX', '\u2018'],
    [where('a\u200b = 1'), 'E_LEX', '\u200b'],
    ['SELECT id FROM kb -- \u202e', 'E_LEX', '\u202e'],
    [where("a = '\\u{110000}'"), 'E_LEX', '\\u'],
    [where("a = '\\ud800'"), 'E_LEX', "'\\ud800'"],
    [where("a = '\0'"), 'E_LEX', "'\0'"],
    ['', 'E_PARSE', ''],
    ['SELECT id FROM kb;;', 'E_PARSE', ';'],
    ['SELECT id LIMIT 1 FROM kb', 'E_PARSE', 'LIMIT'],
    ['SELECT FROM kb', 'E_PARSE', 'FROM'],
    ['SELECT id FROM my-coll', 'E_PARSE', '-'],
    [where("'x' = a"), 'E_PARSE', "'x'"],
    [where('a IN ()'), 'E_PARSE', ')'],
    [where('a'), 'E_PARSE', ''],
    [where('(a = 1'), 'E_PARSE', ''],
    ['SELECT id FROM kb USING EMBEDDING (VECTOR [])', 'E_PARSE', ']'],
    ["SELECT id FROM kb WHERE_DOCUMENT CONTAINS 'a' OR WHERE_DOCUMENT CONTAINS 'b'", 'E_PARSE', 'WHERE_DOCUMENT'],
    ["SELECT id FROM kb WHERE_DOCUMENT metadata.a = 'b'", 'E_PARSE', 'metadata'],
    ['SELECT id FROM kb GROUP BY a HAVING n IS NULL', 'E_PARSE', 'IS'],
    ['SELECT id FROM kb LIMIT 5 LIMIT 6', 'E_DUP', 'LIMIT'],
    ['SELECT id FROM kb WITH MAX DISTANCE 1 WITH MIN SCORE 2', 'E_DUP', 'WITH'],
    ['SELECT NOPE(id) FROM kb', 'E_NAME', 'NOPE'],
    ["SELECT id FROM kb USING HYBRID (TEXT 'a') FUSION RFF", 'E_NAME', 'RFF'],
    ['DROP TABLE kb', 'E_UNSUPPORTED', 'DROP'],
    ['SELECT DISTINCT id FROM kb', 'E_UNSUPPORTED', 'DISTINCT'],
    ['SELECT id FROM kb UNION SELECT id FROM kb', 'E_UNSUPPORTED', 'UNION'],
    ['SELECT id FROM kb JOIN b', 'E_UNSUPPORTED', 'JOIN'],
    ['select id FROM (SELECT id FROM kb)', 'E_UNSUPPORTED', 'SELECT'],
    [where('a IN (SELECT id FROM kb)'), 'E_UNSUPPORTED', 'SELECT'],
    [where('a = b'), 'E_UNSUPPORTED', 'b'],
    [where('a + 1 = 2'), 'E_UNSUPPORTED', '+'],
    [where('a = 1 + 1'), 'E_UNSUPPORTED', '+'],
    [where("LOWER(a) = 'x'"), 'E_UNSUPPORTED', 'LOWER'],
    [where('COUNT(*) > 1'), 'E_UNSUPPORTED', 'COUNT'],
    [where('EXISTS (SELECT 1)'), 'E_UNSUPPORTED', 'EXISTS'],
    [where('a = 1.2.3'), 'E_LEX', '1.2.3'],
    ['SELECT id FROM kb WHERE_DOCUMENT CONTAINS fox', 'E_UNSUPPORTED', 'fox'],
    [where('a > TIMESTAMP $1'), 'E_PARSE', '$1'],
    ['SELECT id FROM a, ALL', 'E_PARSE', 'ALL'],
    ['EXPLAIN DESCRIBE kb', 'E_PARSE', 'DESCRIBE'],
    ['select (SELECT id FROM kb) FROM kb', 'E_UNSUPPORTED', 'SELECT'],
    ['SELECT CASE WHEN a THEN b END FROM kb', 'E_UNSUPPORTED', 'CASE'],
    ['SELECT SUM(DISTINCT a) FROM kb', 'E_UNSUPPORTED', 'DISTINCT'],
    ['SELECT SUM(a + 1) FROM kb', 'E_UNSUPPORTED', '+'],
    ['SELECT COUNT(*) FILTER (WHERE a = 1) FROM kb', 'E_UNSUPPORTED', 'FILTER'],
    ['SELECT id INTO x FROM kb', 'E_UNSUPPORTED', 'INTO'],
    ['SELECT CAST(a AS text) FROM kb', 'E_UNSUPPORTED', 'CAST'],
    [where("a LIKE 'x!%' ESCAPE '!'"), 'E_UNSUPPORTED', 'ESCAPE'],
    [where('a IS DISTINCT FROM 1'), 'E_UNSUPPORTED', 'DISTINCT'],
    [where("a SIMILAR TO 'x'"), 'E_UNSUPPORTED', 'SIMILAR'],
    [where('a = 1 XOR b = 2'), 'E_UNSUPPORTED', 'XOR'],
  ])('L1: of %j is %s, and points at it', (text, code, marked) => {
    expect([mistakeOf(text).code, markedBy(text)]).toEqual([code, marked]);
  });

  it.each([
    ['SELECT id FORM kb', { suggestion: 'FROM' }],
    [where('a > 1 ADN b = 2'), { suggestion: 'AND' }],
    ["SELECT id FROM kb USING HYBRID (TEXT 'a') FUSION RFF", { suggestion: 'RRF' }],
    ['SELECT CUONT(*) FROM kb', { suggestion: 'COUNT' }],
    ['SELECT id FROM kb LIMIT10', { hint: expect.stringContaining('LIMIT 10') }],
    ['SELECT id FROM kb x', { hint: expect.stringContaining('AS x') }],
    ['SELECT id FROM my-coll', { hint: expect.stringContaining('quote') }],
    [where("LOWER(a) = 'x'"), { hint: expect.stringContaining('ILIKE') }],
    ['SELECT DISTINCT id FROM kb', { hint: expect.stringContaining('GROUP BY') }],
    ['SELECT id FROM a JOIN b', { hint: expect.stringContaining('FROM a, b') }],
    ['SELECT id', { expected: expect.arrayContaining(['FROM']) }],
    ['SELECT id FROM kb ORDER BY id DSEC', { suggestion: 'DESC' }],
    ['SELECT id FROM kb ORDER BY id NLULS FIRST', { suggestion: 'NULLS' }],
    ['EXPLAIN ANALYSE SELECT id FROM kb', { suggestion: 'ANALYZE' }],
    [where('a IS NTO NULL'), { suggestion: 'NOT' }],
    ['SELECT a FROM kb GROUP BY a SZIE 2', { suggestion: 'SIZE' }],
    ["SELECT id FROM kb USING EMBEDDING (TEXT 'a' MDOEL 'm')", { suggestion: 'MODEL' }],
    ["SELECT id FROM kb USING EMBEDDING BATCH (TEXT 'a') MREGE BEST", { suggestion: 'MERGE' }],
    [where('a = TURE'), { suggestion: 'TRUE' }],
    [where("document MATCH PHARSE 'x'"), { suggestion: 'PHRASE' }],
    ['SELECT id FROM kb LIMIT 5 ADN a = 1', { suggestion: undefined, expected: expect.not.arrayContaining(['AND', 'OR', 'AS']) }],
    ['SELECT id FROM docs.v2', { hint: expect.stringContaining('quote') }],
    [where('metadata.unit-price = 1'), { hint: expect.stringContaining('quote') }],
  ])('L1: of %j says what to do', (text, advice) => {
    expect(mistakeOf(text)).toMatchObject(advice);
  });

  it('L1: a name in quotes is a column where a function takes one, and reads back as it was meant', () => {
    const text = 'SELECT SNIPPET("document", 5), LENGTH("metadata"."e\u0301") AS l, DATE_TRUNC(\'day\', "created_at") FROM "e\u0301" ORDER BY LENGTH("id")';
    expect(formatSql(parseSql(text))).toContain('FROM "e\u0301"');
    expect(parsed(formatSql(parseSql(text)))).toEqual(parsed(text));
  });

  it('L1: are counted in characters, and shown with a caret below', () => {
    const text = "SELECT id\r\nFROM kb\n\tWHERE t = '😀' ADN b = 1";
    const { span } = mistakeOf(text);
    expect(placeOf(text, span as NonNullable<typeof span>)).toEqual({
      line: 3,
      column: 16,
      length: 3,
      excerpt: " WHERE t = '😀' ADN b = 1\n               ^^^",
    });
    expect(placeOf('', { start: 0, end: 0 })).toEqual({ line: 1, column: 1, length: 0, excerpt: '\n^' });
  });

  it('L1: name the nearest word, and none that is as far away as it is long', () => {
    expect([nearestOf('lamda', ['lambda', 'k']), nearestOf('COSIN', ['COSINE', 'L2']), nearestOf('x', ['AS', 'y']), nearestOf('FORM', ['FROM'])]).toEqual([
      'lambda',
      'COSINE',
      undefined,
      'FROM',
    ]);
  });
});

describe('limits', () => {
  const many = (count: number, what: (at: number) => string, between: string) => Array.from({ length: count }, (_, at) => what(at)).join(between);

  it.each<[string, number, (count: number) => string]>([
    ['parentheses', 64, (count) => where(`${'('.repeat(count)}a = 1${')'.repeat(count)}`)],
    ['NOTs', 64, (count) => where(`${'NOT '.repeat(count)}a = 1`)],
    ['conditions', 1_000, (count) => where(many(count, (at) => `a = ${at}`, ' OR '))],
    ['values in one IN', 10_000, (count) => where(`a IN (${many(count, String, ',')})`)],
    ['columns', 100, (count) => `SELECT ${many(count, (at) => `c${at}`, ', ')} FROM kb`],
    ['sort keys', 8, (count) => `SELECT id FROM kb ORDER BY ${many(count, (at) => `c${at}`, ', ')}`],
    ['group keys', 4, (count) => `SELECT id FROM kb GROUP BY ${many(count, (at) => `c${at}`, ', ')}`],
    ['aggregates', 16, (count) => `SELECT ${many(count, () => 'COUNT(*)', ', ')} FROM kb`],
    ['parameters', 1_000, (count) => where(`a IN (${many(count, (at) => `$${at + 1}`, ',')})`)],
    ['queries of a BATCH', 64, (count) => `SELECT id FROM kb USING EMBEDDING BATCH (${many(count, () => "TEXT 'a'", ',')})`],
    ['bytes', 262_144, (count) => `SELECT id FROM kb /*${'x'.repeat(count - 'SELECT id FROM kb /**/'.length)}*/`],
  ])('L1: of %s hold, and one more is E_LIMIT', (_, most, text) => {
    expect(() => parseSql(text(most))).not.toThrow();
    expect(mistakeOf(text(most + 1)).code).toBe('E_LIMIT');
  });

  it('L1: a statement of nothing but one sign neither hangs nor overflows', () => {
    for (const sign of ['(', 'NOT ', '[', '"', "'", '/*', '-', '.', 'a.', ',', '😀', '\\']) {
      expect(() => parseSql(where(sign.repeat(Math.floor(262_000 / Buffer.byteLength(sign)))))).toThrow(SqlError);
    }
  });
});

describe('whatever somebody sends', () => {
  const words = [...new Set(STATEMENTS.join(' ').match(/\s+|[\w"'.$:]+|[^\s\w]/g))];
  const broken = fc
    .tuple(fc.constantFrom(...STATEMENTS), fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.nat()), { minLength: 1, maxLength: 4 }))
    .map(([text, edits]) => {
      const tokens = text.match(/\s+|\w+|[^\s\w]/g) as string[];
      for (const [at, kind, other] of edits) {
        const place = at % Math.max(1, tokens.length);
        const swapped = other % Math.max(1, tokens.length);
        if (kind === 0) tokens.splice(place, 1);
        else if (kind === 1) tokens.splice(place, 0, tokens[place] ?? '');
        else if (kind === 2) [tokens[place], tokens[swapped]] = [tokens[swapped] ?? '', tokens[place] ?? ''];
        else tokens.splice(place, 0, words[other % words.length] as string);
      }
      return tokens.join('');
    });

  it('L1: is a statement that is read back as the same, or a mistake that lies within it', () => {
    const runs = Number(process.env.SQL_MUTANTS ?? 2_000);
    fc.assert(
      fc.property(fc.oneof(broken, fc.string({ unit: 'binary', maxLength: 60 })), (text) => {
        let statement: Statement;
        try {
          statement = parseSql(text);
        } catch (error) {
          if (!(error instanceof SqlError)) throw error;
          const { start, end } = error.span as NonNullable<typeof error.span>;
          expect(start >= 0 && start <= end && end <= text.length).toBe(true);
          expect(error.message.length).toBeGreaterThan(5);
          const { excerpt } = placeOf(text, { start, end });
          expect(excerpt.split('\n').at(-1)).toMatch(/^ *\^+$/);
          return;
        }
        expect(parsed(formatSql(statement))).toEqual(meaningOf(statement));
      }),
      { numRuns: runs },
    );
  });
});
