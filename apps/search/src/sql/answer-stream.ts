import type { SqlAnswer } from './sql-answer.js';

/** Rows are written so many at a time, and others have their turn in between. */
const WRITTEN_AT_ONCE = 500;

/** An answer whose rows come page by page. */
export interface AnswerStream extends Pick<SqlAnswer, 'columns' | 'partial'> {
  nextCursor: string | null;
  pages: AsyncIterable<SqlAnswer['rows']>;
  /** What is known when all rows were taken. */
  rest(): Omit<SqlAnswer, 'columns' | 'rows'>;
}

/** `answer` tells what is known by now; the rows are those of the pages. */
export function answerStream(answer: () => SqlAnswer, pages: AsyncIterable<SqlAnswer['rows']>): AnswerStream {
  const { columns, partial, next_cursor: nextCursor } = answer();
  const rest = () => {
    const { columns: _, rows: __, ...known } = answer();
    return known;
  };
  return { columns, partial, nextCursor, pages, rest };
}

export async function* inPages(rows: SqlAnswer['rows']): AsyncGenerator<SqlAnswer['rows']> {
  for (let from = 0; from < rows.length; from += WRITTEN_AT_ONCE) yield rows.slice(from, from + WRITTEN_AT_ONCE);
}
