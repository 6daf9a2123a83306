import type { Sql } from '@cairn/common';
import type { BoundQuery } from '@cairn/retrieval/sql';
import { FOUND, type FoundRow, foundIn } from './found-rows.js';
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
  const from = found === undefined ? ROWS : `${ROWS} JOIN ${foundIn(found, parameters)} ON f.id = ch.id`;
  const behind = after === undefined ? '' : ` AND ${rowOrder.behind(after, parameters)}`;
  const [most, first] = [limit + 1, offset].map((count) => `${parameters.add(count)}::bigint`);
  const text = `SELECT ${[...items, `${rowOrder.place()} AS place`, 'ch.id', 'c.id AS collection'].join(', ')} FROM ${from} WHERE ${rows.where}${behind}
    ORDER BY ${rowOrder.orderBy()} LIMIT ${most} OFFSET ${first}`;
  const listed = await sql.rows<Record<string, unknown>>(text, rows.values);
  const kept = listed.slice(0, limit);
  return {
    rows: kept.map((row) => outputs.map((_, at) => row[`o${at}`])),
    ids: kept.map(({ id }) => id as string),
    collectionIds: kept.map(({ collection }) => collection as string),
    next: listed.length > kept.length ? (kept.at(-1)?.place as RowPlace | undefined) : undefined,
  };
}
