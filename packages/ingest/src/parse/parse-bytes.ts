import type { HeadingSpan, ParsedText } from '../parsed-text.js';
import { charsetOf, detectFormat, extensionOf, type FileName } from './detect-format.js';
import type { ParseLimits } from './parse-limits.js';
import { tooManyBytes, tooManyCues, tooMuchText } from './parse-refused.js';
import type { Parsed, Parser } from './parser.js';
import { cleanText } from './text/clean-text.js';

export interface ParsedFile {
  parsed: ParsedText;
  /** Pages, from 1, that have a picture and hardly any text. */
  scans: number[];
}

/** Finds the format and parses, in this process. What a parser cannot do anything with is refused (`PermanentJobError`); any other error is a mistake of ours. */
export async function parseBytes(bytes: Uint8Array, name: FileName, limits: ParseLimits): Promise<ParsedFile> {
  if (bytes.length > limits.maxBytes) throw tooManyBytes(limits.maxBytes);
  return parseWith(await detectFormat(bytes, name, limits), bytes, name, limits);
}

/** The same for formats that are light; null where it is another one. */
export async function parseLightBytes(bytes: Uint8Array, name: FileName, limits: ParseLimits): Promise<ParsedFile | null> {
  const parser = await detectFormat(bytes, name, limits);
  return parser.isLight ? parseWith(parser, bytes, name, limits) : null;
}

async function parseWith(parser: Parser, bytes: Uint8Array, name: FileName, limits: ParseLimits): Promise<ParsedFile> {
  const {
    scans = [],
    mimeType = parser.mimeTypes[0],
    ...parsed
  } = await parser.parse({
    bytes,
    extension: extensionOf(name.fileName),
    charset: charsetOf(name.mimeType),
    limits,
  });
  if (parsed.text.length > limits.maxTextLength) throw tooMuchText(limits.maxTextLength);
  if ((parsed.times?.length ?? 0) > limits.maxSpans) throw tooManyCues(parsed.times?.length ?? 0, limits.maxSpans);
  return { parsed: storable({ mimeType, ...parsed, headings: parsed.headings?.slice(0, limits.maxSpans) ?? [] }), scans };
}

/** Without what no database takes. */
function storable({ text, headings, metadata, ...rest }: Parsed & { mimeType: string; headings: HeadingSpan[] }): ParsedText {
  return {
    ...rest,
    text: cleanText(text),
    ...(headings.length > 0 && { headings: headings.map((heading) => ({ ...heading, title: cleanText(heading.title) })) }),
    metadata: Object.fromEntries(Object.entries(metadata).map(([key, value]) => [cleanText(key), cleanText(value).slice(0, LONGEST_VALUE)])),
  };
}

/** Of a value in the metadata. */
const LONGEST_VALUE = 10_000;
