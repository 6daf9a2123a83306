import type { Parser } from '../parser.js';
import { decodeText } from '../text/decode-text.js';
import { rstHeadings } from '../text/rst-headings.js';

const FIELD = /^:([A-Za-z][\w -]{0,60}):[ \t]+(\S.{0,1000})$/;
const FIRST_LINES = 60;

/** The text as it is written; fields at the top (`:Author: …`) become metadata, too. */
export const rstParser: Parser = {
  name: 'rst',
  what: 'reStructuredText',
  mimeTypes: ['text/x-rst', 'text/prs.fallenstein.rst'],
  extensions: ['rst', 'rest'],
  kind: 'text',
  isLight: true,
  parse({ bytes, charset }) {
    const { text, encoding } = decodeText(bytes, charset);
    return { text, headings: rstHeadings(text), metadata: { ...fieldsOf(text), encoding } };
  },
};

/** Those of the first list of fields; later ones belong to what they stand in. */
function fieldsOf(text: string): Record<string, string> {
  const lines = text.slice(0, 64 * 1024).split('\n', FIRST_LINES);
  const first = lines.findIndex((line) => FIELD.test(line));
  const fields: Record<string, string> = {};
  for (const line of first === -1 ? [] : lines.slice(first)) {
    const [, name, value] = FIELD.exec(line) ?? [];
    if (name === undefined || value === undefined) break;
    fields[name.toLowerCase()] = value.trim();
  }
  return fields;
}
