import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SqlAnswer } from './sql.service.js';

const NDJSON = 'application/x-ndjson';
const CSV = 'text/csv';

/** The answer in the form that the caller accepts: JSON, a line of JSON for each row, or comma-separated values. */
export function inAcceptedForm({ headers: { accept = '' } }: FastifyRequest, reply: FastifyReply, answer: SqlAnswer): SqlAnswer | string {
  if (accept.includes('application/json')) return answer;
  if (accept.includes(NDJSON)) {
    void reply.type(`${NDJSON}; charset=utf-8`);
    return ndjsonOf(answer);
  }
  if (!accept.includes(CSV)) return answer;
  void reply.type(`${CSV}; charset=utf-8; header=present`).header('cairn-partial', String(answer.partial));
  if (answer.next_cursor !== null) void reply.header('cairn-next-cursor', answer.next_cursor);
  return csvOf(answer);
}

function ndjsonOf({ columns, rows, ...rest }: SqlAnswer): string {
  const lines = [{ type: 'head', columns }, ...rows.map((row) => ({ type: 'row', row })), { type: 'end', ...rest }];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** RFC 4180: what is null is empty, and an empty text has quotes. */
function csvOf({ columns, rows }: SqlAnswer): string {
  const names = columns.map(({ name }) => name);
  const lines = [names.map(textCell), ...rows.map((row) => names.map((name) => cellOf(row[name])))];
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('');
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return textCell(typeof value === 'string' ? value : JSON.stringify(value));
}

const textCell = (text: string): string => (text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
