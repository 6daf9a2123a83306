import type { Parsed, Parser, ParserInput } from '../parser.js';
import { decodeText } from '../text/decode-text.js';
import { TextWriter } from '../text/text-writer.js';
import { writeJson } from '../text/write-json.js';
import { textParser } from './text.parser.js';

/** A document, or one on each line. What is neither (comments in a configuration file) is read as the text it is. */
export const jsonParser: Parser = {
  name: 'json',
  what: 'JSON',
  mimeTypes: ['application/json', 'application/x-ndjson', 'application/jsonl', 'text/json'],
  extensions: ['json', 'jsonl', 'ndjson', 'geojson', 'ipynb'],
  kind: 'text',
  isLight: true,
  resembles: ({ start }) => /^[{[]\s*["{[\]}]/.test(start),
  parse(input) {
    const { text, encoding } = decodeText(input.bytes, input.charset);
    const metadata = { encoding };
    if (isJson(text)) return documents([text], input, metadata);
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    if (lines.length > 1 && lines.every(isJson)) return { ...documents(lines, input, metadata), mimeType: 'application/x-ndjson' };
    return textParser.parse(input);
  },
};

function documents(texts: string[], { limits }: ParserInput, metadata: Record<string, string>): Parsed {
  const writer = new TextWriter(limits);
  for (const text of texts) {
    writer.newBlock();
    writeJson(writer, text, limits);
  }
  return writer.done(metadata);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
