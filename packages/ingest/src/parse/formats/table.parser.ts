import type { Parser, ParserInput } from '../parser.js';
import { decodeText } from '../text/decode-text.js';
import { RowWriter } from '../text/row-writer.js';
import { TextWriter } from '../text/text-writer.js';

const DELIMITERS = [',', '\t', ';', '|'];

/** Separated values, whatever separates them. */
export const tableParser: Parser = {
  name: 'csv',
  what: 'a table (CSV)',
  mimeTypes: ['text/csv', 'text/tab-separated-values', 'application/csv'],
  extensions: ['csv', 'tsv', 'tab'],
  kind: 'text',
  isLight: true,
  async parse({ bytes, extension, charset, limits }: ParserInput) {
    const { default: papa } = await import('papaparse');
    const { text, encoding } = decodeText(bytes, charset);
    const delimiter = extension === 'tsv' || extension === 'tab' ? '\t' : '';
    const { data, meta } = papa.parse<string[]>(text, { delimiter, delimitersToGuess: DELIMITERS, skipEmptyLines: true, dynamicTyping: false });
    const writer = new TextWriter(limits);
    const table = new RowWriter(writer);
    for (const row of data) table.row(row);
    table.end();
    return writer.done({ encoding, rows: String(table.rows), delimiter: meta.delimiter === '\t' ? 'tab' : meta.delimiter });
  },
};
