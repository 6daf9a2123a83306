import { type Sql, SqlParameters, type TenantScope } from '@cairn/common';
import { fieldsOf, matchesRow, type Row, type RowFilter, type StoredColumn } from '@cairn/retrieval/sql';
import { FIRST_PARAMETER, ROWS, ROWS_OF, type RowsIndex, rowsValues, shownColumn } from './row-columns.js';
import { type RowCondition, rowCondition } from './row-condition.js';

/** Which rows a statement is about. */
export interface RowsAsked {
  /** What serves of the collections that are asked. */
  indexes: readonly RowsIndex[];
  filter: RowFilter;
}

/** The same, as Postgres is asked for them: by a condition, or by the ids of rows that were looked at one by one. */
export class Rows {
  readonly parameters = new SqlParameters(FIRST_PARAMETER);
  readonly where: string;
  private readonly isExact: boolean;

  private constructor(
    private readonly scope: TenantScope,
    private readonly indexes: readonly RowsIndex[],
    condition: (parameters: SqlParameters) => RowCondition,
    /** Statements that it took to find out which rows they are. */
    readonly calls: number,
  ) {
    const { sql, isExact } = condition(this.parameters);
    this.where = `${ROWS_OF} AND ${sql}`;
    this.isExact = isExact;
  }

  static async of(sql: Sql, scope: TenantScope, asked: RowsAsked, look: Look): Promise<Rows> {
    const { indexes, filter } = asked;
    const rows = new Rows(scope, indexes, (parameters) => rowCondition(filter, parameters), 0);
    if (rows.isExact) return rows;
    const { ids, calls } = await idsOf(sql, rows, filter, look);
    return new Rows(scope, indexes, (parameters) => ({ sql: `ch.id = ANY (${parameters.add(ids)}::uuid[])`, isExact: true }), calls);
  }

  /** What the caller calls it. */
  collectionOf(indexId: string): string {
    return (this.indexes.find((index) => index.indexId === indexId) as RowsIndex).collectionId;
  }

  get values(): unknown[] {
    return [...rowsValues(this.scope, this.indexes), ...this.parameters.values];
  }
}

/** How long rows are looked at. */
export interface Look {
  /** Throws where nobody waits any more, or it takes too long; and leaves the event loop to others. */
  pause(): Promise<void>;
}

export const isExact = (filter: RowFilter): boolean => rowCondition(filter, new SqlParameters(FIRST_PARAMETER)).isExact;

const AT_ONCE = 1_000;
/** Rows between two looks at the clock. */
const STRIDE = 50;

/** By a cursor of the transaction: however many rows there are, they are read once and not kept. */
async function idsOf(sql: Sql, rows: Rows, filter: RowFilter, look: Look): Promise<{ ids: string[]; calls: number }> {
  const shown = columnsOf(filter).map((name) => `'${name}', ${shownColumn(name)}`);
  const text = `SELECT ch.id, jsonb_build_object(${shown.join(', ')}) AS columns, d.metadata FROM ${ROWS} WHERE ${rows.where}`;
  await sql.rows(`DECLARE looked_at NO SCROLL CURSOR FOR ${text}`, rows.values);
  const ids: string[] = [];
  for (let calls = 1; ; calls++) {
    const found = await sql.rows<Row & { id: string }>(`FETCH ${AT_ONCE} FROM looked_at`);
    for (const [at, row] of found.entries()) {
      if (at % STRIDE === 0) await look.pause();
      if (matchesRow(filter, row)) ids.push(row.id);
    }
    if (found.length === AT_ONCE) continue;
    await sql.rows('CLOSE looked_at');
    return { ids, calls };
  }
}

function columnsOf(filter: RowFilter): StoredColumn[] {
  const names = fieldsOf(filter).flatMap((field) => (field.kind === 'column' ? [field.name] : []));
  return [...new Set(names)];
}
