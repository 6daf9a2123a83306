import { acceptedForm, csvLine, ROWS_FORMS } from '@cairn/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What a spreadsheet takes for a formula: a question is anybody's text. */
const LIKE_A_FORMULA = /^[=+\-@\t\r]/;

/** Answers with the rows of a list as comma-separated values (RFC 4180) where the caller asks for that, and with the whole answer where he does not. */
export function inAskedForm<Name extends string, Row extends object>(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Record<Name, Row[]>,
  { list, columns }: { list: Name; columns: readonly string[] },
): Record<Name, Row[]> | string {
  if (acceptedForm(request.headers.accept, ['csv']) === undefined) return answer;
  void reply.type(`${ROWS_FORMS.csv}; charset=utf-8; header=present`);
  return csvOf(columns, answer[list]);
}

/** One line for the names, and one for each row. */
export function csvOf(columns: readonly string[], rows: readonly object[]): string {
  return [columns, ...rows.map((row) => columns.map((name) => cellOf(Reflect.get(row, name))))].map(csvLine).join('');
}

function cellOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' && LIKE_A_FORMULA.test(value) ? `'${value}` : String(value);
}
