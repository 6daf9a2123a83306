import type { Sql } from '@cairn/common';
import { nameOfField } from '@cairn/retrieval/sql';
import { ROWS } from './row-columns.js';
import type { Rows } from './rows-asked.js';

/** More rows than these are not looked at. */
const SAMPLE = 100_000;
/** Keys in keys in keys. */
const DEEPEST = 10;

export interface DescribedPath {
  column: string;
  types: string[];
  /** How many have a value there. */
  rows: number;
}

const TYPES = { boolean: 'bool', number: 'number', string: 'text', object: 'object' } as const;

/** What the metadata of rows holds, path by path; lists are looked through. */
export async function describeRows(sql: Sql, rows: Rows): Promise<{ paths: DescribedPath[]; isSample: boolean }> {
  const limit = `${rows.parameters.add(SAMPLE)}::bigint`;
  const text = `WITH RECURSIVE taken AS MATERIALIZED (SELECT row_number() OVER () AS row, d.metadata FROM ${ROWS} WHERE ${rows.where} LIMIT ${limit}),
    found(row, path, value) AS (
      SELECT row, '{}'::text[], metadata FROM taken
      UNION ALL SELECT found.row, found.path || entry.key, item.value FROM found,
        LATERAL jsonb_each(CASE WHEN jsonb_typeof(found.value) = 'object' THEN found.value ELSE '{}' END) AS entry(key, value),
        LATERAL jsonb_path_query(entry.value, '$ ? (@.type() != "null")') AS item(value)
        WHERE cardinality(found.path) < ${DEEPEST})
    SELECT path AS keys, array_agg(DISTINCT jsonb_typeof(value)) AS types, count(DISTINCT row)::int AS rows, (SELECT count(*)::int FROM taken) AS taken
    FROM found WHERE path <> '{}' AND jsonb_typeof(value) <> 'array' GROUP BY path ORDER BY path COLLATE "C"`;
  const found = await sql.rows<{ keys: string[]; types: (keyof typeof TYPES)[]; rows: number; taken: number }>(text, rows.values);
  const paths = found.map(({ keys, types, rows: count }) => ({
    column: nameOfField({ kind: 'metadata', keys }),
    types: types.map((type) => TYPES[type]).sort(),
    rows: count,
  }));
  return { paths, isSample: (found[0]?.taken ?? 0) >= SAMPLE };
}
