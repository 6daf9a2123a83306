import { foreignFormat, isCompound, isZip } from './foreign-formats.js';
import { textParser } from './formats/text.parser.js';
import type { ParseLimits } from './parse-limits.js';
import { emptyFile, encryptedOrOld, unknownFormat } from './parse-refused.js';
import type { Content, Parser } from './parser.js';
import { PARSERS } from './registry.js';
import { decodeText } from './text/decode-text.js';
import { isText } from './text/is-text.js';

export interface FileName {
  /** As in `report.pdf`; only its extension counts. */
  fileName: string;
  /** What the sender says it is. */
  mimeType?: string | undefined;
}

const HEAD_BYTES = 4_096;
const START_BYTES = 64 * 1024;

/**
 * Which parser reads these bytes. The content wins: what has the marks of a PDF is one, whatever its name says, and what is named so without
 * them is not. Among texts, which have no marks, the extension decides, then the MIME type, then what it looks like.
 */
export async function detectFormat(bytes: Uint8Array, name: FileName, limits: ParseLimits): Promise<Parser> {
  if (bytes.length === 0) throw emptyFile();
  const content = await contentOf(bytes, charsetOf(name.mimeType), limits);
  const certain = PARSERS.find((parser) => (parser.kind === 'binary' || content.start !== '') && parser.recognises?.(content));
  if (certain !== undefined) return certain;
  if (isCompound(content.head)) throw encryptedOrOld();
  if (isZip(content.head)) throw unknownFormat('an archive (ZIP)');
  if (content.start === '' && !isBlank(bytes)) throw unknownFormat(foreignFormat(content.head) ?? 'neither a text nor a format that is known here');
  return named(name) ?? PARSERS.find(({ resembles }) => resembles?.(content)) ?? textParser;
}

async function contentOf(bytes: Uint8Array, charset: string | undefined, limits: ParseLimits): Promise<Content> {
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString('latin1');
  const { text } = decodeText(bytes.subarray(0, START_BYTES), charset);
  return { bytes, head, start: isText(text) ? text.trimStart() : '', entries: isZip(head) ? await entriesOf(bytes, limits) : new Set() };
}

async function entriesOf(bytes: Uint8Array, limits: ParseLimits): Promise<ReadonlySet<string>> {
  const { Archive } = await import('./zip/archive.js');
  return (await Archive.open(bytes, limits, 'an archive (ZIP)')).names;
}

const isBlank = (bytes: Uint8Array): boolean => decodeText(bytes.subarray(0, START_BYTES)).text.trim() === '';

function named({ fileName, mimeType }: FileName): Parser | undefined {
  const texts = PARSERS.filter(({ kind }) => kind === 'text');
  const extension = extensionOf(fileName);
  const type = mediaTypeOf(mimeType);
  // What every file is sent as tells nothing.
  const byType = type === 'text/plain' ? undefined : texts.find(({ mimeTypes }) => mimeTypes.includes(type));
  // A format without a name of its own is known by its type alone.
  if (byType?.extensions.length === 0) return byType;
  return texts.find(({ extensions }) => extensions.includes(extension)) ?? byType;
}

/** In lower case, without the dot. */
export function extensionOf(fileName: string): string {
  const [, extension = ''] = /\.([A-Za-z0-9]{1,12})$/.exec(fileName) ?? [];
  return extension.toLowerCase();
}

/** Without its parameters, in lower case; empty where nothing is said. */
export function mediaTypeOf(mimeType = ''): string {
  const [type = ''] = mimeType.split(';');
  return type.trim().toLowerCase();
}

/** As in `text/plain; charset="iso-8859-1"`; undefined where nothing is said. */
export function charsetOf(mimeType = ''): string | undefined {
  return /;\s*charset\s*=\s*["']?([\w.:-]{1,40})/i.exec(mimeType)?.[1];
}
