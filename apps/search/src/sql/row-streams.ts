import type { Database, Sql, TenantScope } from '@cairn/common';
import { EVERY_ROW } from '@cairn/retrieval/sql';
import { type ListedRows, listRows, placeOfRow, type Slice, sortedIds } from './list-rows.js';
import type { Prepared } from './prepared.js';
import type { RowPlace } from './row-order.js';
import { Rows } from './rows-asked.js';
import type { StatementRun } from './statement-run.js';
import { StatementsAtOnce } from './statements-at-once.js';

/** A snapshot is held no longer, whoever reads. */
export const STREAM_SECONDS = 60;
/** Each holds a connection while somebody reads. */
export const STREAMS_AT_ONCE = { ofEach: 2, ofAll: 8 };
const PAGE = 500;

/** What is asked for in one snapshot, and how many of the rows. */
export interface RowsToStream extends Pick<Prepared, 'query' | 'indexes'> {
  slice: Slice;
}

export interface RowStream {
  /** The place of the last row, where more come behind it. */
  next: RowPlace | undefined;
  pages: AsyncIterable<ListedRows>;
}

/** Rows as they are read, page by page, at the pace of whoever takes them. */
export class RowStreams {
  private readonly atOnce = new StatementsAtOnce(STREAMS_AT_ONCE);

  /** Over connections of their own: those who read slowly keep nobody else from Postgres. */
  constructor(private readonly database: Database) {}

  /** What `prepare` asks for in the snapshot that the rows are read from; it is held until all are taken, nobody takes them any more, or it takes too long. */
  open(scope: TenantScope, run: StatementRun, prepare: (sql: Sql) => Promise<RowsToStream | undefined>): Promise<RowStream> {
    return new Promise((resolve, reject) => {
      const read = () =>
        this.database.tenantSnapshot(scope, async (sql) => {
          const asked = await prepare(sql);
          if (asked === undefined) return resolve({ next: undefined, pages: noPages() });
          const reader = await RowReader.open(sql, scope, asked, run);
          const next = await run.timed('search', () => reader.next());
          await new Promise<void>((end) => {
            const timer = setTimeout(end, run.endsBy - performance.now());
            const over = () => {
              clearTimeout(timer);
              end();
            };
            run.signal.addEventListener('abort', over, { once: true });
            resolve({ next, pages: reader.pages(over) });
          });
        });
      this.atOnce.take(scope.orgId, read).catch(reject);
    });
  }
}

async function* noPages(): AsyncGenerator<ListedRows> {}

/** The rows of one statement in one snapshot: their ids are sorted once, and the rows are read as they are taken. */
class RowReader {
  private constructor(
    private readonly sql: Sql,
    private readonly scope: TenantScope,
    private readonly asked: RowsToStream,
    private readonly run: StatementRun,
  ) {}

  static async open(sql: Sql, scope: TenantScope, asked: RowsToStream, run: StatementRun): Promise<RowReader> {
    await sql.rows(
      `SELECT set_config('statement_timeout', $1, TRUE), set_config('idle_in_transaction_session_timeout', $1, TRUE),
      set_config('cursor_tuple_fraction', '1', TRUE)`,
      [`${STREAM_SECONDS}s`],
    );
    const { query, indexes, slice } = asked;
    const rows = await run.timed('search', () => Rows.of(sql, scope, { indexes, filter: query.filter }, run));
    run.backendCalls += rows.calls + 1;
    const { text, values } = sortedIds(rows, query, slice);
    await sql.rows(`DECLARE listed SCROLL CURSOR FOR ${text}`, values);
    return new RowReader(sql, scope, asked, run);
  }

  /** Looks ahead, because it is told before the first row. */
  async next(): Promise<RowPlace | undefined> {
    const { limit } = this.asked.slice;
    const [beyond] = await this.sql.rows(`FETCH ABSOLUTE ${limit + 1} FROM listed`);
    const [last] = beyond === undefined ? [] : await this.sql.rows<{ id: string }>(`FETCH ABSOLUTE ${limit} FROM listed`);
    await this.sql.rows('MOVE ABSOLUTE 0 IN listed');
    return last && placeOfRow(this.sql, await this.rows(), this.asked.query, last.id);
  }

  /** The one after is read while somebody takes the one before. */
  async *pages(end: () => void): AsyncGenerator<ListedRows> {
    try {
      let left = this.asked.slice.limit;
      const read = () => {
        const page = this.page(Math.min(PAGE, left)).catch((error) => {
          this.run.assertTime(); // the transaction ends when the time is over
          throw error;
        });
        left -= Math.min(PAGE, left);
        page.catch(() => undefined); // told to whoever waits for it
        return page;
      };
      for (let page = await read(); page.ids.length > 0; ) {
        const next = read();
        this.run.shown(page.collectionIds);
        yield page;
        page = await next;
        this.run.assertTime();
      }
    } finally {
      end();
    }
  }

  private async page(most: number): Promise<ListedRows> {
    if (most === 0) return { rows: [], ids: [], collectionIds: [], next: undefined };
    const ids = await this.sql.rows<{ id: string }>(`FETCH ${most} FROM listed`);
    const found = ids.map(({ id }) => ({ id, distance: null, score: 0, queryIndex: null }));
    const listed = { outputs: this.asked.query.outputs, order: [] };
    return listRows(this.sql, await this.rows(), listed, { limit: found.length, offset: 0 }, found);
  }

  /** Whose ids are known already: they passed the filter. */
  private rows(): Promise<Rows> {
    return Rows.of(this.sql, this.scope, { indexes: this.asked.indexes, filter: EVERY_ROW }, this.run);
  }
}
