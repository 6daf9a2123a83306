import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import type { CairnClient } from '@cairn/client';
import { UsageError } from './connection.js';
import { sentenceOf } from './sentence-of.js';
import { tableOf } from './table.js';

export const SQL_USAGE = 'sql [<statement>]';

const USAGE = `cairn sql [<statement>]

Answers one statement, or without one those that are typed until Ctrl-D.

  --file <file>           the statement is in a file
  --params <json>         the values of $1, $2, … as a list, or those of :name as an object
  --format <format>       table, json, csv or ndjson: how the answer is shown; a table when left out
`;

const OPTIONS = { file: { type: 'string' }, params: { type: 'string' }, format: { type: 'string' } } as const;

interface Statement {
  query: string;
  params?: unknown;
}

type Answer = Awaited<ReturnType<typeof ask>>;
type Show = (answer: Answer) => string;
type Answering = (statement: Statement) => Promise<void>;

const ask = (client: CairnClient, statement: Statement) => client.call('POST /api/v2/sql', { body: statement });

/** Answers statements over collections. */
export async function sql(client: CairnClient, args: string[], out: Writable): Promise<undefined> {
  const { values, positionals } = parse(args);
  const show = showing(values.format ?? 'table', client, out);
  const params = values.params === undefined ? {} : { params: readJson(values.params) };
  const query = values.file === undefined ? positionals.join(' ') : readFileSync(values.file, 'utf8');
  if (query.trim() === '') await prompt(show, out);
  else await show({ query, ...params });
  return undefined;
}

/** Shows the answer of one statement. */
function showing(format: string, client: CairnClient, out: Writable): Answering {
  const accept = STREAMED[format];
  if (accept !== undefined) return (body) => pipeline(client.stream('POST /api/v2/sql', { body, accept }), out, { end: false });
  const shown = FORMATS[format];
  if (shown === undefined) throw new UsageError(`There is no format ${format}.\n\n${USAGE}`);
  return async (statement) => {
    out.write(`${shown(await ask(client, statement))}\n`);
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('\n')[0]}\n\n${USAGE}`);
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError('--params is no JSON. Write it as in --params \'["Invoice", 2024]\'.');
  }
}

/** Each statement ends with a semicolon, on as many lines as it takes. */
async function prompt(show: Answering, out: Writable): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: out, prompt: 'cairn> ' });
  let typed = '';
  lines.prompt();
  for await (const line of lines) {
    typed += `${line}\n`;
    if (/;\s*$/.test(typed)) {
      await show({ query: typed }).catch((error) => void out.write(`${sentenceOf(error)}\n`));
      out.write('\n');
      typed = '';
    }
    lines.setPrompt(typed.trim() === '' ? 'cairn> ' : '     > ');
    lines.prompt();
  }
}

/** Made by the server, and shown as they come: rows may be many. */
const STREAMED: Record<string, string> = { csv: 'text/csv', ndjson: 'application/x-ndjson' };

const FORMATS: Record<string, Show> = {
  table: (answer) => {
    const names = answer.columns.map(({ name }) => name);
    const said = answer.warnings.map(({ message }) => message);
    const failed = answer.failed_collections.map(({ collection, detail }) => `${collection} is not in the answer: ${detail}`);
    const more = answer.next_cursor === null ? [] : [`There is more: AFTER '${answer.next_cursor}'`];
    const plan = answer.plan === undefined ? [] : [JSON.stringify(answer.plan, null, 2)];
    const count = `${answer.rows.length} ${answer.rows.length === 1 ? 'row' : 'rows'}`;
    return [...(answer.rows.length === 0 ? [] : [tableOf(names, answer.rows)]), count, ...failed, ...said, ...more, ...plan].join('\n');
  },
  json: (answer) => JSON.stringify(answer, null, 2),
};
