import type { Sql } from '@cairn/common';
import type { BoundQuery } from '@cairn/retrieval/sql';
import { FOUND, type FoundRow, foundRows } from './found-rows.js';
import { RowOrder } from './row-order.js';
import type { Rows } from './rows-asked.js';
import { NOTHING_FOUND, SelectedSql } from './selected-sql.js';

/** The best of what was found: by distance, or where rankings were joined by score, and then by name. */
export async function bestFirst(sql: Sql, rows: Rows, found: readonly FoundRow[], most: number): Promise<FoundRow[]> {
  const sorted = [...found].sort((a, b) => farness(a) - farness(b));
  if (sorted.every((row, at) => at === 0 || farness(row) !== farness(sorted[at - 1] as FoundRow))) return sorted.slice(0, most);
  const ties = new RowOrder([], new SelectedSql(rows.parameters, NOTHING_FOUND)).orderBy();
  const text = `SELECT f.position::int AS position FROM ${foundRows(found, rows.parameters)} WHERE ${rows.where}
    ORDER BY f.distance ASC NULLS LAST, CASE WHEN f.distance IS NULL THEN f.score END DESC, ${ties} LIMIT ${rows.parameters.add(most)}::bigint`;
  return (await sql.rows<{ position: number }>(text, rows.values)).map(({ position }) => found[position - 1] as FoundRow);
}

/** Of one list, where all have a distance or none has. */
const farness = ({ distance, score }: FoundRow): number => distance ?? -score;

/** The texts of rows, by their ids. */
export async function textsOf(sql: Sql, rows: Rows, found: readonly FoundRow[]): Promise<Map<string, string>> {
  const text = `SELECT ch.id, ch.text FROM ${foundRows(found, rows.parameters)} WHERE ${rows.where}`;
  return new Map((await sql.rows<{ id: string; text: string }>(text, rows.values)).map((row) => [row.id, row.text]));
}

/** The groups of each row, each as a text that is the same for the same keys: of a list each element makes one. */
export async function groupsOfRows(sql: Sql, rows: Rows, { groupBy }: BoundQuery, found: readonly FoundRow[]): Promise<Map<string, string[]>> {
  const selected = new SelectedSql(rows.parameters, FOUND);
  const joins = selected.joinedGroups(groupBy.map(({ what }) => what));
  const keys = `jsonb_build_array(${groupBy.map((_, at) => `g${at}.value`).join(', ')})::text`;
  const text = `SELECT ch.id, array_agg(${keys} ORDER BY ${keys}) AS groups FROM ${foundRows(found, rows.parameters)} ${joins}
    WHERE ${rows.where} GROUP BY ch.id`;
  return new Map((await sql.rows<{ id: string; groups: string[] }>(text, rows.values)).map(({ id, groups }) => [id, groups]));
}
