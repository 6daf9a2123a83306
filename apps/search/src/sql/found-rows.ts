import type { SqlParameters } from '@cairn/common';
import { IS_THERE } from './row-columns.js';
import { EMBEDDING, type FoundSql } from './selected-sql.js';

/** A row as a search found it. */
export interface FoundRow {
  id: string;
  /** Null where several rankings were joined. */
  distance: number | null;
  score: number;
  queryIndex: number | null;
}

/** Rows that were found, and where they stand in their order: each is looked up, whatever Postgres expects of its tables. */
export function foundRows(rows: readonly FoundRow[], parameters: SqlParameters): string {
  const [ids, distances, scores, queries] = [
    rows.map(({ id }) => id),
    rows.map(({ distance }) => distance),
    rows.map(({ score }) => score),
    rows.map(({ queryIndex }) => queryIndex),
  ].map((values) => parameters.add(values));
  const found = `unnest(${ids}::uuid[], ${distances}::float8[], ${scores}::float8[], ${queries}::integer[])`;
  return `${found} WITH ORDINALITY AS f(id, distance, score, query_index, position)
    CROSS JOIN LATERAL (SELECT * FROM chunks WHERE org_id = $1 AND id = f.id OFFSET 0) AS ch
    CROSS JOIN LATERAL (SELECT * FROM documents d WHERE d.org_id = $1 AND d.id = ch.document_id AND ${IS_THERE} OFFSET 0) AS d`;
}

export const FOUND: FoundSql = { distance: 'f.distance', score: 'f.score', embedding: EMBEDDING, query_index: 'f.query_index' };
