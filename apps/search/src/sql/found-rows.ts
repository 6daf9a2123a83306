import type { SqlParameters } from '@cairn/common';
import { EMBEDDING, type FoundSql } from './selected-sql.js';

/** A row as a search found it. */
export interface FoundRow {
  id: string;
  /** Null where several rankings were joined. */
  distance: number | null;
  score: number;
  queryIndex: number | null;
}

/** Rows that were found, in their order: something to join with. */
export function foundIn(found: readonly FoundRow[], parameters: SqlParameters): string {
  const [ids, distances, scores, queries] = [
    found.map(({ id }) => id),
    found.map(({ distance }) => distance),
    found.map(({ score }) => score),
    found.map(({ queryIndex }) => queryIndex),
  ].map((values) => parameters.add(values));
  return `unnest(${ids}::uuid[], ${distances}::float8[], ${scores}::float8[], ${queries}::integer[]) WITH ORDINALITY AS f(id, distance, score, query_index, position)`;
}

export const FOUND: FoundSql = { distance: 'f.distance', score: 'f.score', embedding: EMBEDDING, query_index: 'f.query_index' };
