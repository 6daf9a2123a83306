import type { SqlParameters } from '@cairn/common';
import type { OrderKey } from '@cairn/retrieval/sql';
import { momentText } from './row-columns.js';
import { type SelectedSql, type SortSql, sortColumn } from './selected-sql.js';

type Direction = Pick<OrderKey, 'descending' | 'nullsFirst'>;
type Key = SortSql & Direction;

export const UPWARDS: Direction = { descending: false, nullsFirst: false };

/** Something to sort by, as it stands in ORDER BY. */
export function directed(sql: string, { descending, nullsFirst }: Direction): string {
  return `${sql} ${descending ? 'DESC' : 'ASC'} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`;
}

/** What every order ends with, so that it is total. */
const TIES: readonly Key[] = (['collection', 'external_id', 'chunk_index', 'id'] as const).map((name) => ({ ...sortColumn(name), ...UPWARDS }));

const POSITION: Key = { sql: 'f.position', type: 'numeric', ...UPWARDS };

/** Where a row stands in an order: its keys as texts, null where it has no value. */
export type RowPlace = readonly (string | null)[];

/** The order of rows, and how to go on behind one of them. */
export class RowOrder {
  private readonly keys: readonly Key[];

  /** What was found has an order, where the statement asks for no other. */
  constructor(order: readonly OrderKey[], selected: SelectedSql, isFound = false) {
    const keys = order.map(({ what, descending, nullsFirst }) => {
      if (what.kind === 'aggregate') throw new Error('Aggregates are of groups, not of rows');
      return { ...selected.sort(what, descending), descending, nullsFirst };
    });
    this.keys = isFound && keys.length === 0 ? [POSITION] : [...keys, ...TIES, ...(isFound ? [POSITION] : [])];
  }

  orderBy(): string {
    return this.keys.map((key) => directed(key.sql, key)).join(', ');
  }

  /** A column of the place of each row, as JSON. */
  place(): string {
    const texts = this.keys.map(({ sql, type }) => (type === 'timestamptz' ? momentText(sql) : `(${sql})::text`));
    return `jsonb_build_array(${texts.join(', ')})`;
  }

  /** True for the rows behind the place. */
  behind(place: RowPlace, parameters: SqlParameters): string {
    const values = this.keys.map(({ type }, at) => `${parameters.add(place[at] ?? null)}::${type}`);
    const same = this.keys.map(({ sql }, at) => `${sql} IS NOT DISTINCT FROM ${values[at]}`);
    const after = this.keys.map(({ sql, descending, nullsFirst }, at) => {
      if ((place[at] ?? null) === null) return nullsFirst ? `${sql} IS NOT NULL` : 'FALSE';
      const further = `${sql} ${descending ? '<' : '>'} ${values[at]}`;
      return nullsFirst ? further : `(${further} OR ${sql} IS NULL)`;
    });
    return `(${after.map((one, at) => [...same.slice(0, at), one].join(' AND ')).join(' OR ')})`;
  }
}
