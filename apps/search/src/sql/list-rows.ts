import type { Sql } from '@cairn/common';
import type { BoundQuery } from '@cairn/retrieval/sql';
import { ROWS } from './row-columns.js';
import { RowOrder, type RowPlace } from './row-order.js';
import type { Rows } from './rows-asked.js';
import { NOTHING_FOUND, SelectedSql } from './selected-sql.js';

export interface ListedRows {
  /** By the items of the statement. */
  rows: unknown[][];
  /** The place of the last of them, where more come behind it. */
  next: RowPlace | undefined;
}

export interface Slice {
  limit: number;
  offset: number;
  after?: RowPlace | undefined;
}

/** The rows themselves, in their order. */
export async function listRows(sql: Sql, rows: Rows, { outputs, order }: Pick<BoundQuery, 'outputs' | 'order'>, slice: Slice): Promise<ListedRows> {
  const { parameters } = rows;
  const selected = new SelectedSql(parameters, NOTHING_FOUND);
  const rowOrder = new RowOrder(order, selected);
  const items = outputs.map(({ what }, at) => {
    if (what.kind === 'aggregate') throw new Error('Aggregates are of groups, not of rows');
    return `${selected.shown(what)} AS o${at}`;
  });
  const after = slice.after === undefined ? '' : ` AND ${rowOrder.behind(slice.after, parameters)}`;
  const [limit, offset] = [slice.limit + 1, slice.offset].map((count) => `${parameters.add(count)}::bigint`);
  const text = `SELECT ${[...items, `${rowOrder.place()} AS place`].join(', ')} FROM ${ROWS} WHERE ${rows.where}${after}
    ORDER BY ${rowOrder.orderBy()} LIMIT ${limit} OFFSET ${offset}`;
  const found = await sql.rows<Record<string, unknown>>(text, rows.values);
  const kept = found.slice(0, slice.limit);
  return {
    rows: kept.map((row) => outputs.map((_, at) => row[`o${at}`])),
    next: found.length > kept.length ? (kept.at(-1)?.place as RowPlace | undefined) : undefined,
  };
}
