import { CHUNKS_MIME_TYPE } from '../../chunk-files/chunks-mime-type.js';
import type { GivenChunk } from '../../parsed-text.js';
import { damaged, noChunks, tooManyChunks } from '../parse-refused.js';
import type { Parser } from '../parser.js';
import { cleanText } from '../text/clean-text.js';
import { decodeText } from '../text/decode-text.js';
import { TextWriter } from '../text/text-writer.js';
import { chunkMetadata } from './chunk-metadata.js';

const WHAT = 'a file of chunks';
const MOST_CHUNKS = 100_000;
const TEXTS = ['text', 'content', 'page_content'] as const;
const IDS = ['chunk_id', 'doc_id', 'document_id'] as const;

type Item = Record<string, unknown>;

/** Chunks that somebody cut already: a list of them, or an object with such a list under `chunks`. Each is a text, or an object with one and `metadata`. */
export const chunksParser: Parser = {
  name: 'chunks',
  what: WHAT,
  mimeTypes: [CHUNKS_MIME_TYPE],
  extensions: [],
  kind: 'text',
  isLight: true,
  parse({ bytes, charset, limits }) {
    const { text, encoding } = decodeText(bytes, charset);
    const writer = new TextWriter(limits);
    const chunks: GivenChunk[] = [];
    itemsOf(text).forEach((item, at) => {
      const words = textOf(item, at);
      if (words.trim() === '') return;
      writer.block(words);
      chunks.push({ start: writer.length - words.length, end: writer.length, ...labelsOf(item, at) });
    });
    return { ...writer.done({ encoding }), chunks };
  },
};

function itemsOf(text: string): unknown[] {
  const content = parsed(text);
  const items = Array.isArray(content) ? content : (content as Item | null)?.chunks;
  if (!Array.isArray(items)) throw noChunks('It is neither a list nor an object with a list under "chunks".');
  if (items.length > MOST_CHUNKS) throw tooManyChunks(items.length, MOST_CHUNKS);
  return items;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(WHAT, cause);
  }
}

function textOf(item: unknown, at: number): string {
  if (typeof item === 'string') return cleanText(item);
  const found = isObject(item) ? TEXTS.map((name) => item[name]).find((value) => typeof value === 'string') : undefined;
  if (typeof found !== 'string') throw noChunks(`Item ${at + 1} has no text under "text", "content" or "page_content".`);
  return cleanText(found);
}

function labelsOf(item: unknown, at: number): Omit<GivenChunk, 'start' | 'end'> {
  if (!isObject(item)) return {};
  const { page, heading_path: headingPath, ...rest } = isObject(item.metadata) ? item.metadata : {};
  const ids = Object.fromEntries(IDS.flatMap((name) => (item[name] === undefined ? [] : [[name, item[name]]])));
  const metadata = chunkMetadata({ ...rest, ...ids, ...unlessPage(page), ...unlessPath(headingPath) }, at);
  return {
    ...(isPage(page) ? { page } : {}),
    ...(isPath(headingPath) ? { headingPath: headingPath.map(cleanText) } : {}),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}

// What is not of the form that pages and headings have stays what it is: metadata.
const unlessPage = (page: unknown) => (page === undefined || isPage(page) ? {} : { page });
const unlessPath = (path: unknown) => (path === undefined || isPath(path) ? {} : { heading_path: path });

const isPage = (page: unknown): page is number => Number.isInteger(page) && Number(page) > 0 && Number(page) < 2 ** 31;
const isPath = (path: unknown): path is string[] =>
  Array.isArray(path) && path.length <= 20 && path.every((title) => typeof title === 'string' && title.length <= 1_000);
const isObject = (value: unknown): value is Item => typeof value === 'object' && value !== null && !Array.isArray(value);
