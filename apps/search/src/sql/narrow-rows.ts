import type { Conditions, Sql } from '@cairn/common';
import type { LiveQuestion, Scored } from '../live-search.js';
import { ROWS } from './row-columns.js';
import type { Rows } from './rows-asked.js';

/** More rows than these are not looked for by name. */
const MOST_ROWS = 10_000;
/** Nor more documents. */
const MOST_DOCUMENTS = 5_000;

/** What a filter leaves of a search; undefined where it leaves nothing. */
export interface Narrowed {
  conditions: Conditions;
  wanted: LiveQuestion['wanted'];
}

/** Few rows are found by the names of their documents; of many, the nearest are found, and those that pass count. */
export async function narrow(sql: Sql, rows: Rows): Promise<Narrowed | undefined> {
  const text = `SELECT ch.id, ch.document_id AS "documentId" FROM ${ROWS} WHERE ${rows.where} LIMIT ${MOST_ROWS + 1}`;
  const passing = await sql.rows<{ id: string; documentId: string }>(text, rows.values);
  if (passing.length === 0) return undefined;
  if (passing.length > MOST_ROWS) return { conditions: {}, wanted: (tx, vectors) => passingAmong(tx, rows, vectors) };
  const ids = new Set<string | null>(passing.map(({ id }) => id));
  const documents = [...new Set(passing.map(({ documentId }) => documentId))];
  return {
    conditions: documents.length > MOST_DOCUMENTS ? {} : { asset_id: documents },
    wanted: async (_sql, vectors) => vectors.filter(({ chunkId }) => ids.has(chunkId)),
  };
}

async function passingAmong(sql: Sql, rows: Rows, vectors: Scored[]): Promise<Scored[]> {
  const ids = [...new Set(vectors.map(({ chunkId }) => chunkId))];
  const text = `SELECT ch.id FROM ${ROWS} WHERE ${rows.where} AND ch.id = ANY ($${rows.values.length + 1}::uuid[])`;
  const passing = new Set<string | null>((await sql.rows<{ id: string }>(text, [...rows.values, ids])).map(({ id }) => id));
  return vectors.filter(({ chunkId }) => passing.has(chunkId));
}
