import { Readable } from 'node:stream';
import { csvLine, currentContext, problemOf, ROWS_FORMS, type RowsForm, toCairnError } from '@cairn/common';
import type { FastifyReply } from 'fastify';
import type { AnswerStream } from './answer-stream.js';

/** A line of JSON for each row, or comma-separated values. */
export function inForm(form: RowsForm, reply: FastifyReply, answer: AnswerStream): Readable {
  void reply.type(`${ROWS_FORMS[form]}; charset=utf-8${form === 'csv' ? '; header=present' : ''}`);
  if (form === 'ndjson') return Readable.from(ndjsonOf(answer), { objectMode: false });
  void reply.header('cairn-partial', String(answer.partial));
  if (answer.nextCursor !== null) void reply.header('cairn-next-cursor', answer.nextCursor);
  return Readable.from(csvOf(answer), { objectMode: false });
}

async function* ndjsonOf({ columns, pages, rest }: AnswerStream): AsyncGenerator<string> {
  const line = (value: object) => `${JSON.stringify(value)}\n`;
  yield line({ type: 'head', columns });
  try {
    for await (const rows of pages) yield rows.map((row) => line({ type: 'row', row })).join('');
  } catch (error) {
    return yield line({ ...problemOf(toCairnError(error), currentContext()?.correlationId ?? ''), type: 'error' });
  }
  yield line({ type: 'end', ...rest() });
}

/** Where reading fails, it breaks off. */
async function* csvOf({ columns, pages }: AnswerStream): AsyncGenerator<string> {
  const names = columns.map(({ name }) => name);
  yield csvLine(names);
  for await (const rows of pages) yield rows.map((row) => csvLine(names.map((name) => cellOf(row[name])))).join('');
}

function cellOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
