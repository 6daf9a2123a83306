import type { Sql, SqlParameters } from '@cairn/common';
import type { BoundQuery } from '@cairn/retrieval/sql';
import { FOUND, type FoundRow, foundRows } from './found-rows.js';
import { preparedText } from './prepared-text.js';
import { ROWS } from './row-columns.js';
import { RowOrder, type RowPlace } from './row-order.js';
import type { Rows } from './rows-asked.js';
import { NOTHING_FOUND, SelectedSql } from './selected-sql.js';

export interface ListedRows {
  /** By the items of the statement. */
  rows: unknown[][];
  ids: string[];
  /** The ids of their collections. */
  collectionIds: string[];
  /** The place of the last of them, where more come behind it. */
  next: RowPlace | undefined;
}

export interface Slice {
  limit: number;
  offset: number;
  after?: RowPlace | undefined;
}

type Listed = Pick<BoundQuery, 'outputs' | 'order'>;
type Ordered = Pick<BoundQuery, 'order'>;

/** The rows themselves, in their order; where a search found them, only those, and in its order if the statement asks for no other. */
export async function listRows(
  sql: Sql,
  rows: Rows,
  { outputs, order }: Listed,
  { limit, offset, after }: Slice,
  found?: readonly FoundRow[],
): Promise<ListedRows> {
  const { parameters } = rows;
  const selected = new SelectedSql(parameters, found === undefined ? NOTHING_FOUND : FOUND);
  const rowOrder = new RowOrder(order, selected, found !== undefined);
  const items = outputs.map(({ what }, at) => {
    if (what.kind === 'aggregate') throw new Error('Aggregates are of groups, not of rows');
    return `${selected.shown(what)} AS o${at}`;
  });
  const from = found === undefined ? ROWS : foundRows(found, parameters);
  const text = `SELECT ${[...items, `${rowOrder.place()} AS place`, 'ch.id', 'ch.index_id'].join(', ')} FROM ${from}
    WHERE ${rows.where}${sliced(rowOrder, { limit, offset, after }, parameters)}`;
  // What was found is looked up in one way; how the others are best read depends on what is asked.
  const listed = await sql.rows<Record<string, unknown>>(found === undefined ? text : preparedText(text), rows.values);
  const kept = listed.slice(0, limit);
  return {
    rows: kept.map((row) => outputs.map((_, at) => row[`o${at}`])),
    ids: kept.map(({ id }) => id as string),
    collectionIds: kept.map(({ index_id: index }) => rows.collectionOf(index as string)),
    next: listed.length > kept.length ? (kept.at(-1)?.place as RowPlace | undefined) : undefined,
  };
}

/** The ids of the rows in their order, and one more where there is one. */
export function sortedIds(rows: Rows, { order }: Ordered, slice: Slice): { text: string; values: unknown[] } {
  const { parameters } = rows;
  const rowOrder = new RowOrder(order, new SelectedSql(parameters, NOTHING_FOUND));
  const text = `SELECT ch.id FROM ${ROWS} WHERE ${rows.where}${sliced(rowOrder, slice, parameters)}`;
  return { text, values: rows.values };
}

/** Where one of the rows stands in the order. */
export async function placeOfRow(sql: Sql, rows: Rows, { order }: Ordered, id: string): Promise<RowPlace> {
  const { parameters } = rows;
  const place = new RowOrder(order, new SelectedSql(parameters, NOTHING_FOUND)).place();
  const text = `SELECT ${place} AS place FROM ${ROWS} WHERE ${rows.where} AND ch.id = ${parameters.add(id)}::uuid`;
  const [row] = await sql.rows<{ place: RowPlace }>(text, rows.values);
  return (row as { place: RowPlace }).place;
}

function sliced(order: RowOrder, { limit, offset, after }: Slice, parameters: SqlParameters): string {
  const behind = after === undefined ? '' : ` AND ${order.behind(after, parameters)}`;
  const [most, first] = [limit + 1, offset].map((count) => `${parameters.add(count)}::bigint`);
  return `${behind} ORDER BY ${order.orderBy()} LIMIT ${most} OFFSET ${first}`;
}
